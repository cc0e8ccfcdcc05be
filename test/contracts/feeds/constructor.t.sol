// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Feeds} from "../../../contracts/Feeds.sol";
import {Prover} from "../../../contracts/Prover.sol";
import {Replicas} from "../../../contracts/Replicas.sol";
import {DeltaCourt} from "../../../contracts/courts/DeltaCourt.sol";
import {IFeeds, NotDeltaCourt} from "../../../contracts/interfaces/IFeeds.sol";
import {NotProver} from "../../../contracts/interfaces/IProver.sol";
import {NotReplicas} from "../../../contracts/interfaces/IReplicas.sol";
import {NotModule, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {ParameterOutOfRange} from "../../../contracts/interfaces/IStateSync.sol";
import {RewardTooSmall, WindowTooShort} from "../../../contracts/types/Assumptions.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsConstructorTest is FeedDeployment {
    function _create(IFeeds.Parameters memory parameters, address court) private {
        new Feeds(sync, stake, IFeeds.Neighbours(court, STRANGER, STRANGER), parameters);
    }

    function test_RevertWhen_TheWindowIsTooShort() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        // Reaction 5 and skew 1 would want 6, but ten times the skew is more.
        parameters.window = 9;
        vm.expectRevert(abi.encodeWithSelector(WindowTooShort.selector, 9, 10));
        _create(parameters, STRANGER);
    }

    function test_RevertWhen_TheWindowIsTooLong() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        parameters.window = uint64(type(uint32).max) + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                ParameterOutOfRange.selector,
                bytes32("update window"),
                uint256(parameters.window)
            )
        );
        _create(parameters, STRANGER);
    }

    function test_RevertWhen_TheBondDoesNotPayForTheProof() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        // Five million gas at 10 gwei, twice.
        uint256 wanted = 2 * 5_000_000 * 10 gwei;
        parameters.bond = uint96(2 * wanted - 2);
        vm.expectRevert(abi.encodeWithSelector(RewardTooSmall.selector, wanted - 1, wanted));
        _create(parameters, STRANGER);
    }

    function test_RevertWhen_TheRootAgeIsZero() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        parameters.maxRootAge = 0;
        vm.expectRevert(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("maxRootAge"), 0));
        _create(parameters, STRANGER);
    }

    function test_RevertWhen_TheShareExceedsTheWhole() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        parameters.rootShareBps = 10_001;
        vm.expectRevert(
            abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("rootShareBps"), 10_001)
        );
        _create(parameters, STRANGER);
    }

    function test_RevertWhen_ThereIsNoCourt() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        _create(parameters, address(0));
    }

    function test_RevertWhen_ThereIsNoProver() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        new Feeds(sync, stake, IFeeds.Neighbours(STRANGER, address(0), STRANGER), parameters);
    }

    function test_RevertWhen_NothingMakesReplicas() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        new Feeds(sync, stake, IFeeds.Neighbours(STRANGER, STRANGER, address(0)), parameters);
    }

    function test_RevertWhen_StakeDoesNotKnowIt() external {
        IFeeds.Parameters memory parameters = _feedParameters();
        parameters.rootShareBps = 10_000;
        address created = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(NotModule.selector, created));
        _create(parameters, STRANGER);
    }

    function test_WhenAllIsWell() external view {
        IFeeds.Parameters memory wanted = _feedParameters();
        assertEq(abi.encode(feeds.parameters()), abi.encode(wanted), "parameters");
        assertEq(feeds.DELTA_COURT(), address(deltaCourt), "court");
        assertEq(feeds.PROVER(), address(prover), "prover");
        assertEq(feeds.REPLICAS(), address(replicas), "replicas");
        assertEq(address(feeds.SYNC()), address(sync), "claims");
        assertEq(address(deltaCourt.FEEDS()), address(feeds), "feeds");
    }

    function test_RevertWhen_TheCourtIsNotTheirs() external {
        address created = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(NotDeltaCourt.selector, created));
        new DeltaCourt(feeds);
    }

    function test_RevertWhen_TheProverIsNotTheirs() external {
        address created = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(NotProver.selector, created));
        new Prover(feeds);
    }

    function test_RevertWhen_TheReplicasAreNotTheirs() external {
        address created = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(NotReplicas.selector, created));
        new Replicas(feeds);
    }
}
