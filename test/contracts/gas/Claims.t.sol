// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchorCourt} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {IStateSync} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {HeaderBuilder, HeaderFields} from "../support/HeaderBuilder.sol";
import {TransactionGas} from "../support/TransactionGas.sol";

/// What a claim costs over its life, in whole transactions.
///
/// forge-config: default.isolate = true
contract ClaimsGasTest is TransactionGas {
    /// Bytes of a header of a busy mainnet block.
    uint256 private constant TYPICAL_HEADER = 645;
    uint256 private constant LARGEST_HEADER = 2048;
    string private constant CLAIMS = "StateSync";
    string private constant COURT = "AnchorCourt";

    /// The claim before the ones that are measured, so that the proposer has locked before and a head exists.
    Claim private _first;

    function setUp() public override {
        super.setUp();
        _first = makeFinal(110);
    }

    function _header(uint64 number, uint256 size) private pure returns (bytes memory) {
        HeaderFields memory fields = HeaderFields(
            keccak256("parent"),
            keccak256(abi.encode("state", number)),
            number,
            timestampAt(number),
            hex"d883010e08846765746888676f312e32332e318664617277696e000000ee"
        );
        if (size != TYPICAL_HEADER) return HeaderBuilder.encodeSized(fields, size);
        return HeaderBuilder.encode(fields);
    }

    function _propose(string memory name, bytes32 parent, bytes memory header) private returns (uint256) {
        return
            _send(
                CLAIMS,
                name,
                PROPOSER,
                address(sync),
                abi.encodeCall(IStateSync.propose, (PROPOSER, parent, header))
            );
    }

    function _finalize(string memory name, Claim memory claim) private returns (uint256) {
        return _send(CLAIMS, name, STRANGER, address(sync), abi.encodeCall(IStateSync.finalize, (claim)));
    }

    function test_TheMeasureIsAWholeTransaction() public {
        vm.prank(PROPOSER);
        (bool success, ) = STRANGER.call("");
        assertTrue(success, "transfer of nothing");
        assertEq(vm.lastCallGas().gasTotalUsed, 21_000, "gas of an empty transaction");
    }

    function test_UnchallengedLife() public {
        bytes memory header = _header(120, TYPICAL_HEADER);
        uint256 proposed = _propose("propose, typical header, first lock", _first.id(), header);
        passWindow();
        uint256 finalized = _finalize("finalize", claimOf(PROPOSER, _first.id(), header));

        vm.snapshotValue(CLAIMS, "propose and finalize, first lock", proposed + finalized);
    }

    function test_UnchallengedLifeInAPipeline() public {
        Claim memory pending = propose(PROPOSER, _first.id(), _header(115, TYPICAL_HEADER));
        bytes memory header = _header(120, TYPICAL_HEADER);
        uint256 proposed = _propose("propose, typical header, later lock", pending.id(), header);
        finalize(pending);
        propose(PROPOSER, pending.id(), _header(125, TYPICAL_HEADER));
        uint256 finalized = _finalize(
            "finalize, other bonds locked",
            claimOf(PROPOSER, pending.id(), header)
        );

        vm.snapshotValue(CLAIMS, "propose and finalize, later lock", proposed + finalized);
        // What a proposer that always has a bond locked pays for a root: the protocol's running cost.
        assertLe(proposed + finalized, 180_000, "an unchallenged root");
    }

    function test_LargestHeader() public {
        bytes memory header = _header(120, LARGEST_HEADER);
        assertEq(header.length, LARGEST_HEADER, "size of the header");
        _propose("propose, header of 2,048 bytes, first lock", _first.id(), header);
    }

    function test_Orphan() public {
        Claim memory parent = propose(_first.id(), 120);
        Claim memory child = propose(parent.id(), 130);
        vm.prank(address(anchorCourt));
        sync.reject(parent, CHALLENGER);
        _send(CLAIMS, "orphan", STRANGER, address(sync), abi.encodeCall(IStateSync.orphan, (child)));
    }

    function test_AnsweredDemand() public {
        Claim memory claim = propose(_first.id(), 120);
        _fund(STRANGER, DEMAND_BOND);
        _demand("demand, first", claim, CHALLENGER);
        _demand("demand, second", claim, STRANGER);
        _court(
            "attest, 15 of 21, demand open",
            abi.encodeCall(IAnchorCourt.attest, (claim, evidenceFor(claim)))
        );
        _court("settle, answered", abi.encodeCall(IAnchorCourt.settle, (claim, CHALLENGER)));
    }

    function test_AnswerInOne() public {
        Claim memory claim = propose(_first.id(), 120);
        demand(claim);
        uint256 gas = _court(
            "answer, 15 of 21",
            abi.encodeCall(IAnchorCourt.answer, (claim, CHALLENGER, evidenceFor(claim)))
        );
        // What AnchorCourt takes for granted when it checks the demand's bond.
        assertLe(gas, 300_000, "an answer");
    }

    function test_VoluntaryAttestation() public {
        Claim memory claim = propose(_first.id(), 120);
        _court(
            "attest, 15 of 21, no demand",
            abi.encodeCall(IAnchorCourt.attest, (claim, evidenceFor(claim)))
        );
    }

    function test_UnansweredDemand() public {
        Claim memory claim = propose(_first.id(), 120);
        _fund(STRANGER, DEMAND_BOND);
        demand(claim);
        vm.prank(STRANGER);
        anchorCourt.demand(claim, STRANGER);
        vm.warp(block.timestamp + ANSWER_TIME + 1);
        _court("timeout", abi.encodeCall(IAnchorCourt.timeout, (claim, CHALLENGER)));
        _court("settle, void", abi.encodeCall(IAnchorCourt.settle, (claim, STRANGER)));
    }

    function test_Stake() public {
        vm.deal(STRANGER, 1 ether);
        _send(
            "Stake",
            "withdraw",
            PROPOSER,
            address(stake),
            abi.encodeCall(IStake.withdraw, (1 ether, PROPOSER))
        );
        _send(
            "Stake",
            "setOperator",
            PROPOSER,
            address(stake),
            abi.encodeCall(IStake.setOperator, (STRANGER, 1 ether))
        );
        vm.prank(STRANGER);
        stake.deposit{value: 1 ether}(STRANGER);
        vm.snapshotValue("Stake", "deposit, first", vm.lastCallGas().gasTotalUsed);
    }

    function _demand(string memory name, Claim memory claim, address challenger) private {
        _send(
            COURT,
            name,
            challenger,
            address(anchorCourt),
            abi.encodeCall(IAnchorCourt.demand, (claim, challenger))
        );
    }

    function _court(string memory name, bytes memory data) private returns (uint256) {
        return _send(COURT, name, PROPOSER, address(anchorCourt), data);
    }
}
