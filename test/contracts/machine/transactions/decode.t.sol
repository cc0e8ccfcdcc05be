// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {Machine, Tx, RULES_CANCUN, RULES_OSAKA, RULES_PRAGUE} from "../../../../contracts/machine/State.sol";
import {Transactions} from "../../../../contracts/machine/Transactions.sol";
import {Test} from "../../support/Test.sol";

contract TransactionsDecodeTest is Test {
    uint256 private constant CHAIN = 5;
    uint256 private constant KEY = 0xa11ce;
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant BASE_FEE = 7;
    address private constant RECEIVER = address(0xbeef);
    bytes private constant DATA = hex"00ff01";
    bytes32 private constant BLOB = bytes32(uint256(1 << 248) | 9);

    function decode(uint8 rules, bytes memory raw) external view returns (bool valid, Tx memory txn) {
        Machine memory m;
        m.head.rules = rules;
        (m.head.gasLimit, m.head.baseFee, m.head.blobBaseFee, m.head.maxBlobs) = (30_000_000, BASE_FEE, 3, 6);
        m.gasUsed = 1_000_000;
        // Not at the beginning of the node that it is in.
        bytes memory data = bytes.concat(hex"aabb", raw, hex"cc");
        valid = Transactions.decode(m, CHAIN, data, 2, 2 + raw.length);
        txn = m.txn;
    }

    function _valid(uint8 rules, bytes memory raw) private view returns (bool valid) {
        (valid, ) = this.decode(rules, raw);
    }

    /// Index of the nonce.
    function _nonceAt(uint256 kind) private pure returns (uint256) {
        return kind == 0 ? 0 : 1;
    }

    /// Index of the most that is paid per gas. Gas limit, receiver, value and data follow, and then the lists.
    function _feeAt(uint256 kind) private pure returns (uint256) {
        return kind < 2 ? _nonceAt(kind) + 1 : _nonceAt(kind) + 2;
    }

    function _fields(uint256 kind) private pure returns (bytes[] memory fields) {
        uint8[5] memory counts = [6, 8, 9, 11, 10];
        fields = new bytes[](counts[kind]);
        if (kind != 0) fields[0] = RLP.encode(CHAIN);
        fields[_nonceAt(kind)] = RLP.encode(uint256(3));
        uint256 at = _feeAt(kind);
        if (kind >= 2) fields[at - 1] = RLP.encode(uint256(2));
        fields[at] = RLP.encode(uint256(11));
        fields[at + 1] = RLP.encode(uint256(400_000));
        fields[at + 2] = RLP.encode(abi.encodePacked(RECEIVER));
        fields[at + 3] = RLP.encode(uint256(1 ether));
        fields[at + 4] = RLP.encode(DATA);
        if (kind != 0) fields[at + 5] = _accessList();
        if (kind == 3) (fields[at + 6], fields[at + 7]) = (RLP.encode(uint256(3)), _blobs(BLOB, 2));
        if (kind == 4) fields[at + 6] = _list(_list(_tuple()));
    }

    /// One address without slots, one with two.
    function _accessList() private pure returns (bytes memory) {
        bytes memory slots = _list(bytes.concat(RLP.encode(abi.encode(1)), RLP.encode(abi.encode(2))));
        bytes memory owner = RLP.encode(abi.encodePacked(RECEIVER));
        return _list(bytes.concat(_list(bytes.concat(owner, hex"c0")), _list(bytes.concat(owner, slots))));
    }

    function _blobs(bytes32 hash, uint256 count) private pure returns (bytes memory) {
        bytes memory items;
        for (uint256 i = 0; i < count; ++i) items = bytes.concat(items, RLP.encode(abi.encode(hash)));
        return _list(items);
    }

    function _tuple() private pure returns (bytes memory) {
        return
            bytes.concat(
                RLP.encode(CHAIN),
                RLP.encode(abi.encodePacked(RECEIVER)),
                RLP.encode(uint256(4)),
                RLP.encode(uint256(1)),
                RLP.encode(uint256(5)),
                RLP.encode(uint256(6))
            );
    }

    function _list(bytes memory items) private pure returns (bytes memory) {
        bytes[] memory one = new bytes[](1);
        one[0] = items;
        return RLP.encode(one);
    }

    function _join(bytes[] memory fields) private pure returns (bytes memory joined) {
        for (uint256 i = 0; i < fields.length; ++i) joined = bytes.concat(joined, fields[i]);
    }

    function _typed(uint256 kind, bytes memory list) private pure returns (bytes memory) {
        return kind == 0 ? list : abi.encodePacked(uint8(kind), list);
    }

    function _signed(uint256 kind, bytes[] memory fields) private pure returns (bytes memory) {
        bytes memory suffix = kind == 0 ? bytes.concat(RLP.encode(CHAIN), hex"8080") : bytes("");
        bytes memory joined = _join(fields);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            KEY,
            keccak256(_typed(kind, _list(bytes.concat(joined, suffix))))
        );
        uint256 parity = kind == 0 ? v + 8 + 2 * CHAIN : v - 27;
        return _with(kind, joined, parity, uint256(r), uint256(s));
    }

    function _with(
        uint256 kind,
        bytes memory joined,
        uint256 v,
        uint256 r,
        uint256 s
    ) private pure returns (bytes memory) {
        return _typed(kind, _list(bytes.concat(joined, RLP.encode(v), RLP.encode(r), RLP.encode(s))));
    }

    /// The transaction with one field changed.
    function _but(uint256 kind, uint256 at, bytes memory field) private pure returns (bytes memory) {
        bytes[] memory fields = _fields(kind);
        fields[at] = field;
        return _signed(kind, fields);
    }

    function test_WhenATransactionIsOfAnyKind() public view {
        for (uint256 kind = 0; kind < 5; ++kind) {
            bytes memory raw = _signed(kind, _fields(kind));
            (bool valid, Tx memory txn) = this.decode(RULES_PRAGUE, raw);
            assertTrue(valid, "valid");
            assertEq(txn.kind, kind, "kind");
            assertEq(txn.hash, keccak256(raw), "hash");
            assertEq(txn.sender, vm.addr(KEY), "sender");
            assertEq(txn.to, RECEIVER, "to");
            assertEq(txn.nonce, 3, "nonce");
            assertEq(txn.gasLimit, 400_000, "gas limit");
            assertEq(txn.value, 1 ether, "value");
            assertEq(txn.tip, kind < 2 ? 11 - BASE_FEE : 2, "tip");
            assertEq(txn.gasPrice, kind < 2 ? 11 : BASE_FEE + 2, "price");
            assertEq(txn.maxCost, 1 ether + 11 * 400_000 + (kind == 3 ? 2 * 131_072 * 3 : 0), "cost");
            uint256 lists = kind == 0 ? 0 : 2 * 2400 + 2 * 1900;
            assertEq(txn.intrinsic, 21_000 + lists + (kind == 4 ? 25_000 : 0), "intrinsic");
            assertEq(txn.dataSize, 3, "size of the data");
            for (uint256 i = 0; i < 3; ++i) assertEq(raw[txn.dataAt + i], DATA[i], "data");
            assertEq(txn.listEnd - txn.listAt, kind == 0 ? 0 : 23 + 1 + 21 + 2 + 66 + 1, "access list");
            assertEq(txn.blobCount, kind == 3 ? 2 : 0, "blobs");
            assertEq(txn.authEnd > txn.authAt, kind == 4, "authorisations");
            assertEq(txn.initHash, 0, "no creation");
        }
    }

    function test_WhenItCreates() public view {
        for (uint256 kind = 0; kind < 5; ++kind) {
            (bool valid, Tx memory txn) = this.decode(RULES_PRAGUE, _but(kind, _feeAt(kind) + 2, hex"80"));
            // EIP-4844 and EIP-7702: those need a receiver.
            assertEq(valid, kind < 3, "valid");
            if (!valid) continue;
            assertEq(txn.initHash, keccak256(DATA), "init code");
            assertEq(txn.intrinsic, 21_000 + 32_000 + 2 + (kind == 0 ? 0 : 8600), "intrinsic");
        }
        assertTrue(_valid(RULES_PRAGUE, _creation(49_152)), "largest init code");
        assertTrue(!_valid(RULES_PRAGUE, _creation(49_153)), "larger init code");
    }

    function _creation(uint256 size) private pure returns (bytes memory) {
        bytes[] memory fields = _fields(0);
        fields[3] = hex"80";
        fields[5] = RLP.encode(new bytes(size));
        return _signed(0, fields);
    }

    function test_WhenAFieldIsNotAllowed() public view {
        for (uint256 kind = 0; kind < 5; ++kind) {
            uint256 fee = _feeAt(kind);
            if (kind != 0) assertTrue(!_valid(RULES_PRAGUE, _but(kind, 0, RLP.encode(CHAIN + 1))), "chain");
            uint256 nonce = _nonceAt(kind);
            assertTrue(
                !_valid(RULES_PRAGUE, _but(kind, nonce, RLP.encode(uint256(type(uint64).max)))),
                "last nonce"
            );
            assertTrue(!_valid(RULES_PRAGUE, _but(kind, nonce, hex"8203")), "cut");
            assertTrue(!_valid(RULES_PRAGUE, _but(kind, nonce, hex"8103")), "nonce in two bytes");
            assertTrue(!_valid(RULES_PRAGUE, _but(kind, nonce, hex"820003")), "leading zero");
            assertTrue(!_valid(RULES_PRAGUE, _but(kind, fee, RLP.encode(BASE_FEE - 1))), "fee");
            if (kind >= 2)
                assertTrue(!_valid(RULES_PRAGUE, _but(kind, fee - 1, RLP.encode(uint256(12)))), "tip");
            assertTrue(
                !_valid(RULES_PRAGUE, _but(kind, fee + 1, RLP.encode(uint256(29_000_001)))),
                "more gas than the block has left"
            );
            bytes memory tooMuch = _but(kind, fee + 1, RLP.encode(uint256(2 ** 24 + 1)));
            assertEq(_valid(RULES_PRAGUE, tooMuch), true, "much gas");
            assertEq(_valid(RULES_OSAKA, tooMuch), false, "more gas than a transaction may have");
            assertTrue(!_valid(RULES_PRAGUE, _but(kind, fee + 2, RLP.encode(new bytes(19)))), "receiver");
            assertTrue(!_valid(RULES_PRAGUE, _but(kind, fee + 2, hex"c0")), "a list as receiver");
            assertTrue(
                !_valid(RULES_PRAGUE, _but(kind, fee + 3, RLP.encode(type(uint256).max))),
                "cost beyond a word"
            );
            assertTrue(!_valid(RULES_PRAGUE, _but(kind, fee + 4, hex"c0")), "a list as data");
        }
    }

    function test_WhenAKindIsNotKnown() public view {
        assertEq(_valid(RULES_CANCUN, _signed(3, _fields(3))), true, "blobs under Cancun");
        assertEq(_valid(RULES_CANCUN, _signed(4, _fields(4))), false, "authorisations under Cancun");
        bytes memory raw = _signed(2, _fields(2));
        bytes1[4] memory kinds = [bytes1(0x00), 0x05, 0x7f, 0xbf];
        for (uint256 i = 0; i < kinds.length; ++i) {
            raw[0] = kinds[i];
            assertTrue(!_valid(RULES_OSAKA, raw), vm.toString(i));
        }
        assertTrue(!_valid(RULES_OSAKA, ""), "nothing");
        assertTrue(!_valid(RULES_OSAKA, hex"02"), "no fields");
    }

    function test_WhenThereAreMoreOrFewerFields() public view {
        for (uint256 kind = 0; kind < 5; ++kind) {
            bytes memory joined = _join(_fields(kind));
            bytes memory raw = _with(kind, joined, 1, 1, 1);
            assertTrue(!_valid(RULES_PRAGUE, bytes.concat(raw, hex"80")), "a byte behind");
            assertTrue(
                !_valid(RULES_PRAGUE, _with(kind, bytes.concat(joined, hex"80"), 1, 1, 1)),
                "a field more"
            );
            assertTrue(
                !_valid(RULES_PRAGUE, _typed(kind, _list(bytes.concat(joined, hex"0101")))),
                "a field fewer"
            );
        }
    }

    function test_WhenTheSignatureIsNone() public view {
        for (uint256 kind = 0; kind < 5; ++kind) {
            bytes memory joined = _join(_fields(kind));
            uint256 parity = kind == 0 ? 35 + 2 * CHAIN : 0;
            assertTrue(!_valid(RULES_PRAGUE, _with(kind, joined, parity, 0, 1)), "r zero");
            assertTrue(!_valid(RULES_PRAGUE, _with(kind, joined, parity, ORDER, 1)), "r too large");
            assertTrue(!_valid(RULES_PRAGUE, _with(kind, joined, parity, 1, 0)), "s zero");
            assertTrue(!_valid(RULES_PRAGUE, _with(kind, joined, parity, 1, ORDER / 2 + 1)), "s too large");
            assertTrue(!_valid(RULES_PRAGUE, _with(kind, joined, parity + 2, 1, 1)), "parity");
        }
        bytes memory plain = _join(_fields(0));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, keccak256(_list(plain)));
        (bool valid, Tx memory txn) = this.decode(RULES_PRAGUE, _with(0, plain, v, uint256(r), uint256(s)));
        assertTrue(valid, "without a chain id");
        assertEq(txn.sender, vm.addr(KEY), "sender without a chain id");
        assertTrue(!_valid(RULES_PRAGUE, _with(0, plain, 29, uint256(r), uint256(s))), "29");
    }

    function test_WhenAListIsMalformed() public view {
        bytes memory owner = RLP.encode(abi.encodePacked(RECEIVER));
        bytes[7] memory lists = [
            bytes(hex"80"),
            hex"c180",
            _list(_list(owner)),
            _list(_list(bytes.concat(owner, hex"80"))),
            _list(_list(bytes.concat(RLP.encode(new bytes(19)), hex"c0"))),
            _list(_list(bytes.concat(owner, _list(RLP.encode(new bytes(31)))))),
            _list(_list(bytes.concat(owner, hex"c080")))
        ];
        for (uint256 kind = 1; kind < 5; ++kind) {
            for (uint256 i = 0; i < lists.length; ++i) {
                assertTrue(!_valid(RULES_PRAGUE, _but(kind, _feeAt(kind) + 5, lists[i])), vm.toString(i));
            }
        }
    }

    function test_WhenBlobsAreNotAllowed() public view {
        uint256 at = _feeAt(3) + 7;
        assertTrue(!_valid(RULES_PRAGUE, _but(3, at - 1, RLP.encode(uint256(2)))), "fee");
        assertTrue(!_valid(RULES_PRAGUE, _but(3, at, hex"c0")), "none");
        assertTrue(_valid(RULES_PRAGUE, _but(3, at, _blobs(BLOB, 6))), "as many as a block has");
        assertTrue(!_valid(RULES_PRAGUE, _but(3, at, _blobs(BLOB, 7))), "more");
        assertTrue(!_valid(RULES_PRAGUE, _but(3, at, _blobs(bytes32(uint256(2 << 248)), 1))), "version");
    }

    function test_WhenAnAuthorisationIsMalformed() public view {
        uint256 at = _feeAt(4) + 6;
        bytes memory tuple = _tuple();
        assertTrue(!_valid(RULES_PRAGUE, _but(4, at, hex"c0")), "none");
        assertTrue(!_valid(RULES_PRAGUE, _but(4, at, _list(tuple))), "no list");
        assertTrue(!_valid(RULES_PRAGUE, _but(4, at, _list(_list(bytes.concat(tuple, hex"80"))))), "field");
        tuple[1] = 0x95;
        assertTrue(!_valid(RULES_PRAGUE, _but(4, at, _list(_list(tuple)))), "address");
    }
}
