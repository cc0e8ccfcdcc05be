// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {IStateSync, ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {HolderGate, BalanceTooSmall} from "../../../devnet/contracts/HolderGate.sol";
import {OneClaim} from "../sourceState/SourceStateHarness.sol";
import {Test} from "../support/Test.sol";
import {TrieBuilder} from "../support/TrieBuilder.sol";

contract HolderGateEnterTest is Test, TrieBuilder {
    event Entered(address indexed account, uint256 balanceOnA, uint64 number);

    uint64 private constant NUMBER = 4711;
    uint64 private constant TIMESTAMP = 1_800_000_000;
    uint64 private constant MAX_AGE = 1 hours;
    address private constant TOKEN = address(0x70cE);
    address private constant HOLDER = address(0x401de4);
    uint256 private constant BALANCE = 1024;

    Claim private claim;
    bytes[] private accountProof;
    bytes[] private storageProof;
    HolderGate private gate;

    function setUp() public {
        bytes32 slot = keccak256(abi.encode(HOLDER, uint256(0)));
        bytes32 storageRoot;
        (storageRoot, storageProof) = column(keccak256(abi.encode(slot)), 2, hex"820400", 16);
        bytes memory rlp = accountRlp(storageRoot, keccak256("code"));
        (claim.stateRoot, accountProof) = column(keccak256(abi.encodePacked(TOKEN)), 3, rlp, 16);
        (claim.number, claim.timestamp) = (NUMBER, TIMESTAMP);
        gate = _gate(BALANCE);
        vm.warp(TIMESTAMP + MAX_AGE);
    }

    function test_WhenTheBalanceIsEnough() external {
        vm.expectEmit();
        emit Entered(HOLDER, BALANCE, NUMBER);
        _enter(HOLDER);
        assertTrue(gate.isMember(HOLDER), "member");
    }

    function test_RevertWhen_TheBalanceIsTooSmall() external {
        gate = _gate(BALANCE + 1);
        vm.expectRevert(abi.encodeWithSelector(BalanceTooSmall.selector, HOLDER, BALANCE, BALANCE + 1));
        _enter(HOLDER);
    }

    function test_RevertWhen_TheProofIsSomebodyElses() external {
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 1, MerklePatricia.Reason.WrongHash)
        );
        _enter(address(0xbad));
    }

    function test_RevertWhen_TheClaimIsNotFinal() external {
        claim.blockHash = keccak256("another block");
        vm.expectRevert(
            abi.encodeWithSelector(ClaimStatusWrong.selector, claim.id(), ClaimStatus.None, ClaimStatus.Final)
        );
        _enter(HOLDER);
    }

    function test_RevertWhen_TheRootIsTooOld() external {
        vm.warp(TIMESTAMP + MAX_AGE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(SourceState.RootTooOld.selector, NUMBER, TIMESTAMP, TIMESTAMP + 1)
        );
        _enter(HOLDER);
    }

    function _gate(uint256 least) private returns (HolderGate) {
        return new HolderGate(IStateSync(address(new OneClaim(claim, false))), TOKEN, least);
    }

    function _enter(address caller) private {
        vm.prank(caller);
        gate.enter(claim, accountProof, storageProof);
    }
}
