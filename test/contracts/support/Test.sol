// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The cheat codes of forge that these tests use, declared here because the project depends on no test library.
/// Signatures: https://getfoundry.sh/reference/cheatcodes/overview
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function warp(uint256 timestamp) external;
    function roll(uint256 number) external;
    function fee(uint256 baseFee) external;
    function chainId(uint256 id) external;
    function deal(address account, uint256 balance) external;
    function etch(address account, bytes calldata code) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function load(address account, bytes32 slot) external view returns (bytes32);
    function store(address account, bytes32 slot, bytes32 value) external;
    function record() external;
    function accesses(address account) external returns (bytes32[] memory reads, bytes32[] memory writes);
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function addr(uint256 key) external pure returns (address);
    function label(address account, string calldata name) external;
    function assume(bool condition) external pure;
    function expectRevert() external;
    function expectRevert(bytes calldata data) external;
    function expectRevert(bytes4 selector) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function expectEmit(bool, bool, bool, bool, address) external;
    function expectCall(address to, bytes calldata data) external;
    function mockCall(address to, bytes calldata data, bytes calldata result) external;
    function clearMockedCalls() external;
    function cool(address account) external;
    function readFile(string calldata path) external view returns (string memory);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytesArray(
        string calldata json,
        string calldata key
    ) external pure returns (bytes[] memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes32Array(
        string calldata json,
        string calldata key
    ) external pure returns (bytes32[] memory);
    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
    function parseJsonAddressArray(
        string calldata json,
        string calldata key
    ) external pure returns (address[] memory);
    function parseJsonType(
        string calldata json,
        string calldata key,
        string calldata typeDescription
    ) external pure returns (bytes memory);
    function parseJsonTypeArray(
        string calldata json,
        string calldata key,
        string calldata typeDescription
    ) external pure returns (bytes memory);
    function toString(uint256 value) external pure returns (string memory);
    function toString(bytes32 value) external pure returns (string memory);
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool);
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256 gas);
    function lastCallGas() external view returns (Gas memory);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
}

/// Base of all Solidity tests: assertions that say what they got and what they wanted.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// forge takes a contract for a test when it carries this marker.
    bool public constant IS_TEST = true;

    error NotEqualUint(string what, uint256 got, uint256 wanted);
    error NotEqualInt(string what, int256 got, int256 wanted);
    error NotEqualBytes32(string what, bytes32 got, bytes32 wanted);
    error NotEqualAddress(string what, address got, address wanted);
    error NotEqualBytes(string what, bytes got, bytes wanted);
    error NotEqualBool(string what, bool got, bool wanted);
    error NotTrue(string what);
    error TooLarge(string what, uint256 got, uint256 limit);

    function assertEq(uint256 got, uint256 wanted, string memory what) internal pure {
        require(got == wanted, NotEqualUint(what, got, wanted));
    }

    function assertEq(int256 got, int256 wanted, string memory what) internal pure {
        require(got == wanted, NotEqualInt(what, got, wanted));
    }

    function assertEq(bytes32 got, bytes32 wanted, string memory what) internal pure {
        require(got == wanted, NotEqualBytes32(what, got, wanted));
    }

    function assertEq(address got, address wanted, string memory what) internal pure {
        require(got == wanted, NotEqualAddress(what, got, wanted));
    }

    function assertEq(bytes memory got, bytes memory wanted, string memory what) internal pure {
        require(keccak256(got) == keccak256(wanted), NotEqualBytes(what, got, wanted));
    }

    function assertEq(bool got, bool wanted, string memory what) internal pure {
        require(got == wanted, NotEqualBool(what, got, wanted));
    }

    function assertTrue(bool condition, string memory what) internal pure {
        require(condition, NotTrue(what));
    }

    function assertLe(uint256 got, uint256 limit, string memory what) internal pure {
        require(got <= limit, TooLarge(what, got, limit));
    }

    /// Maps a fuzzed number into [low, high] without discarding the run.
    function bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        require(low <= high, "bound: empty range");
        if (x >= low && x <= high) return x;
        uint256 size = high - low + 1;
        return size == 0 ? x : low + (x % size);
    }
}
