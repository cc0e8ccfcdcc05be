// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    FeedFrozen,
    FeedUnknown,
    IFeeds,
    NotNext,
    ParentNotTail,
    QueueNotEmpty,
    ReserveTooSmall,
    RootTooOld,
    UpdateNotNewer
} from "../../../contracts/interfaces/IFeeds.sol";
import {
    IProver,
    NewRootMismatch,
    NotProver,
    StateRootMismatch
} from "../../../contracts/interfaces/IProver.sol";
import {ClaimStatusWrong, RefundModeActive} from "../../../contracts/interfaces/IStateSync.sol";
import {AccountPathMalformed} from "../../../contracts/libraries/AccountPath.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {SyncProofMalformed} from "../../../contracts/libraries/SyncProof.sol";
import {DeltaRedundant, OldRootMismatch} from "../../../contracts/libraries/Transition.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {DeltasMalformed, DeltasUnordered} from "../../../contracts/types/Deltas.sol";
import {Head, Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {ProverDeployment, Sync, TransitionVector} from "../support/ProverDeployment.sol";

contract ProverSyncTest is ProverDeployment {
    string private constant SIMPLE = "two first slots";

    /// `PROPOSER` proves a transition to a feed that stands at its beginning.
    function _sync(TransitionVector memory vector) private returns (Update memory update) {
        Update memory parent = feedAt(vector.oldRoot);
        (Claim memory root, bytes[] memory proof) = finalStorage(vector.newRoot);
        update = provenUpdate(parent, root, vector);
        update.proposer = PROPOSER;
        assertEq(syncAs(parent, root, syncOf(vector, proof)), update.id(), "id");
    }

    function _prepare()
        private
        returns (Update memory parent, Claim memory root, Sync memory said, TransitionVector memory vector)
    {
        vector = transition(SIMPLE);
        parent = feedAt(vector.oldRoot);
        bytes[] memory proof;
        (root, proof) = finalStorage(vector.newRoot);
        said = syncOf(vector, proof);
    }

    function test_WhenEveryShapeIsProven() external {
        TransitionVector[] memory all = transitions();
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i].deltas.length > 64 * 100) continue;
            requireShown(_sync(all[i]), all[i].deltas);
            vm.revertToState(state);
        }
    }

    function test_WhenItIsProven_NoWindowNoBond() external {
        TransitionVector memory vector = transition(SIMPLE);
        uint256 free = stake.account(PROPOSER).free;
        Update memory update = _sync(vector);
        assertEq(stake.account(PROPOSER).free, free, "stake");
        (uint64 number, uint64 timestamp) = feeds.asOf(update.feed);
        assertEq(number, update.number, "number");
        assertEq(timestamp, update.timestamp, "timestamp");
    }

    function test_WhenItIsProven_ThePayeeEarns() external {
        TransitionVector memory vector = transition(SIMPLE);
        _sync(vector);
        uint256 fee = 2 * uint256(GWEI_PER_VALUE) * 1 gwei;
        assertEq(feeds.earnings(PROPOSER), (fee * 9) / 10, "payee");
        assertEq(feeds.earnings(ROOT_PROPOSER), fee / 10, "root's proposer");
    }

    function test_WhenNothingChanged() external {
        TransitionVector memory vector = transition(SIMPLE);
        Update memory parent = _sync(vector);
        (Claim memory root, bytes[] memory proof) = finalStorage(vector.newRoot);
        (vector.deltas, vector.before, vector.nodes) = ("", "", "");
        vector.oldRoot = vector.newRoot;
        syncAs(parent, root, syncOf(vector, proof));
        (uint64 number, ) = feeds.asOf(parent.feed);
        assertEq(number, root.number, "number");
    }

    function test_WhenAnUpdateIsPostedOnTop() external {
        TransitionVector memory vector = transition(SIMPLE);
        Update memory parent = _sync(vector);
        (Claim memory root, ) = finalStorage(vector.newRoot);
        Update memory child = postAt(parent, root, vector.newRoot, "");
        assertTrue(feeds.feedOf(parent.feed).isQueued, "queued");
        passUpdateWindow();
        applyUpdate(child, "");
    }

    /// What is behind the head has had its turn: an update on it could never be applied, nor its bond come back.
    function _refuseOn(Update memory parent, Claim memory root) private {
        IFeeds.Post memory said;
        said.proposer = PROPOSER;
        vm.expectRevert(abi.encodeWithSelector(ParentNotTail.selector, parent.id()));
        vm.prank(PROPOSER);
        feeds.post(parent, root, said);
    }

    function test_RevertWhen_AnUpdateIsPostedOnOneThatWasOvertaken() external {
        TransitionVector memory vector = transition(SIMPLE);
        Update memory genesis = feedAt(vector.oldRoot);
        (Claim memory root, bytes[] memory proof) = finalStorage(vector.newRoot);
        Update memory posted = postAt(genesis, root, vector.newRoot, vector.deltas);
        prover.prove(posted, proof, pieceOf(vector, 0, 2));
        requireUpdate(posted, UpdateStatus.Applied);

        (root, proof) = finalStorage(vector.newRoot);
        (vector.deltas, vector.before, vector.nodes) = ("", "", "");
        Update memory first = provenUpdate(posted, root, vector);
        first.proposer = PROPOSER;
        syncAs(posted, root, syncOf(vector, proof));
        (root, proof) = finalStorage(vector.newRoot);
        syncAs(first, root, syncOf(vector, proof));

        (root, ) = finalStorage(vector.newRoot);
        // One that was posted, and one that was proven at once.
        _refuseOn(posted, root);
        _refuseOn(first, root);
    }

    function test_WhenTheAccountDoesNotExist() external {
        Update memory parent = createFeed(ACCOUNT);
        // A state with nobody but somebody else.
        bytes32 key = keccak256(abi.encodePacked(STRANGER));
        (bytes32 stateRoot, bytes[] memory proof) = column(key, 0, accountRlp(EMPTY_ROOT, CODE_HASH), 0);
        Sync memory said;
        (said.payee, said.accountProof) = (PROPOSER, proof);
        bytes32 id = syncAs(parent, finalRoot(stateRoot), said);
        assertEq(feeds.feedOf(parent.feed).head, id, "an update without code and storage");
    }

    /// It self-destructs, which empties its storage, and is created again with other storage.
    function test_WhenTheAccountIsReCreated() external {
        TransitionVector memory first = transition("the first slot");
        Update memory update = _sync(first);
        TransitionVector memory gone = transition("the last slot goes");
        assertEq(gone.oldRoot, first.newRoot, "one story");
        bytes32 key = keccak256(abi.encodePacked(STRANGER));
        (bytes32 stateRoot, bytes[] memory proof) = column(key, 0, accountRlp(EMPTY_ROOT, CODE_HASH), 0);
        Claim memory root = finalRoot(stateRoot);
        bytes32 id = syncAs(update, root, syncOf(gone, proof));
        Update memory destroyed = provenUpdate(update, root, gone);
        (destroyed.proposer, destroyed.codeHash) = (PROPOSER, 0);
        assertEq(destroyed.id(), id, "destroyed");
        requireShown(destroyed, gone.deltas);

        TransitionVector memory again = transition(SIMPLE);
        (root, proof) = finalStorage(again.newRoot);
        syncAs(destroyed, root, syncOf(again, proof));
    }

    function test_WhenTheAccountIsShownByItsPath() external {
        TransitionVector memory vector = transition(SIMPLE);
        Update memory parent = feedAt(vector.oldRoot);
        (Claim memory root, bytes[] memory proof) = finalStorage(vector.newRoot);
        Update memory update = provenUpdate(parent, root, vector);
        update.proposer = PROPOSER;
        assertEq(syncAs(parent, root, shortSyncOf(vector, proof)), update.id(), "the same as by its proof");
        requireShown(update, vector.deltas);
    }

    /// A path that shows the account in another state than the root's.
    function _refusePath(Sync memory said, Update memory parent, Claim memory root) private {
        vm.expectPartialRevert(StateRootMismatch.selector);
        syncAs(parent, root, said);
    }

    function test_RevertWhen_ThePathIsNotTheAccounts() external {
        (
            Update memory parent,
            Claim memory root,
            Sync memory said,
            TransitionVector memory vector
        ) = _prepare();
        said = shortSyncOf(vector, said.accountProof);
        bytes memory path = said.accountPath;
        // Nonce, balance, code hash, a sibling near the leaf and one near the root.
        uint256[5] memory places = [uint256(2), 3, 20, 60, path.length - 1];
        for (uint256 i = 0; i < places.length; ++i) {
            said.accountPath = bytes.concat(path);
            said.accountPath[places[i]] ^= 0x01;
            _refusePath(said, parent, root);
        }
        // Another storage root than the account has.
        said.accountPath = path;
        said.deltas[63] = 0xee;
        _refusePath(said, parent, root);
    }

    function test_RevertWhen_ThePathIsMalformed() external {
        (
            Update memory parent,
            Claim memory root,
            Sync memory said,
            TransitionVector memory vector
        ) = _prepare();
        said = shortSyncOf(vector, said.accountProof);
        bytes memory path = said.accountPath;
        uint256 size = path.length;
        bytes[7] memory damaged = [
            // Without its last sibling, its last branch, and in the middle of the account.
            slice(path, 0, size - 32),
            slice(path, 0, size - 483),
            slice(path, 0, 30),
            // A branch too many, and an extension above the root.
            bytes.concat(path, hex"400000"),
            bytes.concat(path, hex"81"),
            // A leaf below its last nibble.
            bytes.concat(hex"40", slice(path, 1, size)),
            // No such form.
            bytes.concat(slice(path, 0, 36), hex"3f", slice(path, 37, size))
        ];
        for (uint256 i = 0; i < damaged.length; ++i) {
            said.accountPath = damaged[i];
            vm.expectPartialRevert(AccountPathMalformed.selector);
            syncAs(parent, root, said);
        }
    }

    function test_RevertWhen_APartEndsBeyondTheProof() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        bytes memory proof = proofOf(said);
        IProver.Terms memory terms = IProver.Terms(PROPOSER, 0);
        // One byte less; and each size a byte larger than the part is.
        bytes memory cut = slice(proof, 0, proof.length - 1);
        vm.expectRevert(abi.encodeWithSelector(SyncProofMalformed.selector, cut.length));
        prover.sync(headOf(parent), root, terms, cut);
        for (uint256 i = 2; i < 9; i += 3) {
            proof[i] = bytes1(uint8(proof[i]) + 1);
            vm.expectRevert(abi.encodeWithSelector(SyncProofMalformed.selector, proof.length));
            prover.sync(headOf(parent), root, terms, proof);
            proof[i] = bytes1(uint8(proof[i]) - 1);
        }
        // Nothing at all.
        vm.expectRevert(abi.encodeWithSelector(SyncProofMalformed.selector, 0));
        prover.sync(headOf(parent), root, terms, "");
    }

    function test_RevertWhen_ThereIsNoPath() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        bytes memory proof = proofOf(said);
        vm.expectRevert(abi.encodeWithSelector(AccountPathMalformed.selector, 0));
        prover.sync(headOf(parent), root, IProver.Terms(PROPOSER, 0), proof);
    }

    function test_RevertWhen_ThereAreAPathAndAProof() external {
        (
            Update memory parent,
            Claim memory root,
            Sync memory said,
            TransitionVector memory vector
        ) = _prepare();
        bytes memory proof = proofOf(shortSyncOf(vector, said.accountProof));
        vm.expectRevert(abi.encodeWithSelector(SyncProofMalformed.selector, proof.length));
        prover.syncByProof(headOf(parent), root, IProver.Terms(PROPOSER, 0), proof, said.accountProof);
    }

    /// The feed is within the link: a head is no other feed's.
    function test_RevertWhen_TheHeadIsAnotherFeeds() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        Update memory other = createFeed(ACCOUNT);
        Head memory head = headOf(parent);
        head.feed = other.feed;
        bytes memory proof = proofOf(said);
        vm.expectRevert(abi.encodeWithSelector(NotNext.selector, parent.id(), other.id()));
        prover.syncByProof(head, root, IProver.Terms(PROPOSER, 0), proof, said.accountProof);
    }

    /// A path that is right in itself: whose account it has to be is the feed's to say.
    function test_RevertWhen_ThePathIsOfAnotherAccount() external {
        (, Claim memory root, Sync memory said, TransitionVector memory vector) = _prepare();
        Update memory parent = createFeed(STRANGER);
        assertEq(vector.oldRoot, EMPTY_ROOT, "it begins with nothing");
        said = shortSyncOf(vector, said.accountProof);
        // Another root, or a sibling where the account is.
        vm.expectRevert();
        syncAs(parent, root, said);
        assertEq(feeds.feedOf(parent.feed).head, parent.id(), "nothing stays advanced");
        (bytes32 slot, ) = deltaAt(vector.deltas, 0);
        assertEq(vm.load(replicas.replicaOf(parent.feed), slot), 0, "nothing was written");
    }

    function test_WhenItIsProven_ItIsAnnouncedOnce() external {
        (
            Update memory parent,
            Claim memory root,
            Sync memory said,
            TransitionVector memory vector
        ) = _prepare();
        Update memory update = provenUpdate(parent, root, vector);
        update.proposer = PROPOSER;
        vm.expectEmit(address(feeds));
        emit IFeeds.UpdateProven(
            update.id(),
            update.feed,
            root.id(),
            update.storageRoot,
            update.codeHash,
            PROPOSER,
            2 * uint256(GWEI_PER_VALUE) * 1 gwei,
            said.deltas
        );
        syncAs(parent, root, said);
    }

    function test_RevertWhen_AValueIsForged() external {
        (
            Update memory parent,
            Claim memory root,
            Sync memory said,
            TransitionVector memory vector
        ) = _prepare();
        said.deltas[63] = 0xee;
        vm.expectPartialRevert(NewRootMismatch.selector);
        syncAs(parent, root, said);
        assertTrue(vector.newRoot != 0, "a vector");
    }

    function test_RevertWhen_ADeltaIsLeftOut() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        said.deltas = slice(said.deltas, 0, 64);
        said.before = hex"00";
        vm.expectPartialRevert(NewRootMismatch.selector);
        syncAs(parent, root, said);
    }

    function test_RevertWhen_DeltasAreInAnotherOrder() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        said.deltas = bytes.concat(slice(said.deltas, 64, 128), slice(said.deltas, 0, 64));
        vm.expectPartialRevert(DeltasUnordered.selector);
        syncAs(parent, root, said);
    }

    function test_RevertWhen_ASlotComesTwice() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        bytes memory first = slice(said.deltas, 0, 64);
        said.deltas = bytes.concat(first, first);
        vm.expectPartialRevert(DeltasUnordered.selector);
        syncAs(parent, root, said);
    }

    function test_RevertWhen_DeltasAreNoWholeNumber() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        said.deltas = slice(said.deltas, 0, 127);
        vm.expectRevert(abi.encodeWithSelector(DeltasMalformed.selector, 127));
        syncAs(parent, root, said);
    }

    function test_RevertWhen_ADeltaChangesNothing() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        for (uint256 i = 32; i < 64; ++i) said.deltas[i] = 0;
        vm.expectRevert(abi.encodeWithSelector(DeltaRedundant.selector, 0));
        syncAs(parent, root, said);
    }

    function test_RevertWhen_TheOldValuesAreForeign() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        said.before = hex"0109_00";
        vm.expectPartialRevert(OldRootMismatch.selector);
        syncAs(parent, root, said);
    }

    function test_RevertWhen_TheAccountProofIsCut() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        bytes[] memory cut = new bytes[](said.accountProof.length - 1);
        for (uint256 i = 0; i < cut.length; ++i) cut[i] = said.accountProof[i];
        said.accountProof = cut;
        vm.expectRevert(
            abi.encodeWithSelector(
                MerklePatricia.InvalidProof.selector,
                cut.length,
                MerklePatricia.Reason.Truncated
            )
        );
        syncAs(parent, root, said);
    }

    function test_RevertWhen_TheRootIsNotFinal() external {
        TransitionVector memory vector = transition(SIMPLE);
        Update memory parent = feedAt(vector.oldRoot);
        (bytes32 stateRoot, bytes[] memory proof) = stateWith(vector.newRoot, CODE_HASH);
        bytes memory header = headerWith(GENESIS_NUMBER + 9, uint64(block.timestamp), stateRoot);
        Claim memory root = propose(ROOT_PROPOSER, sync.genesis(), header);
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                root.id(),
                ClaimStatus.Pending,
                ClaimStatus.Final
            )
        );
        syncAs(parent, root, syncOf(vector, proof));
    }

    function test_RevertWhen_TheRootIsAncient() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        vm.warp(root.timestamp + MAX_ROOT_AGE + 1);
        vm.expectRevert(abi.encodeWithSelector(RootTooOld.selector, root.timestamp, MAX_ROOT_AGE));
        syncAs(parent, root, said);
    }

    function test_RevertWhen_TheRootIsNotNewer() external {
        (
            Update memory parent,
            Claim memory root,
            Sync memory said,
            TransitionVector memory vector
        ) = _prepare();
        syncAs(parent, root, said);
        Update memory head = provenUpdate(parent, root, vector);
        head.proposer = PROPOSER;
        (said.deltas, said.before, said.nodes) = ("", "", "");
        vm.expectRevert(abi.encodeWithSelector(UpdateNotNewer.selector, root.number, root.number));
        syncAs(head, root, said);
    }

    /// The feed has funds, and the fee for time is for seconds that there are not.
    function test_RevertWhen_TheRootIsOlderThanShown() external {
        TransitionVector memory vector = transition(SIMPLE);
        Update memory parent = feedAt(vector.oldRoot);
        (Claim memory early, bytes[] memory proof) = finalStorage(vector.newRoot);
        (Claim memory root, bytes[] memory later) = finalStorage(vector.newRoot);
        syncAs(parent, root, syncOf(vector, later));
        Update memory head = provenUpdate(parent, root, vector);
        head.proposer = PROPOSER;
        (vector.deltas, vector.before, vector.nodes) = ("", "", "");
        vm.expectRevert(abi.encodeWithSelector(UpdateNotNewer.selector, early.number, root.number));
        syncAs(head, early, syncOf(vector, proof));
    }

    function test_RevertWhen_TheParentIsNotTheHead() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        bytes32 head = syncAs(parent, root, said);
        vm.expectRevert(abi.encodeWithSelector(NotNext.selector, parent.id(), head));
        syncAs(parent, root, said);
    }

    function test_RevertGiven_AnUpdateWaits() external {
        (
            Update memory parent,
            Claim memory root,
            Sync memory said,
            TransitionVector memory vector
        ) = _prepare();
        postAt(parent, root, vector.newRoot, vector.deltas);
        vm.expectRevert(abi.encodeWithSelector(QueueNotEmpty.selector, parent.id()));
        syncAs(parent, root, said);
    }

    function test_RevertGiven_TheFeedIsFrozen() external {
        TransitionVector memory vector = transition(SIMPLE);
        Update memory parent = createFeed(ACCOUNT);
        // An update was applied that speaks of storage which the account does not have.
        (Claim memory root, bytes[] memory proof) = finalStorage(vector.newRoot);
        Update memory lie = postAt(parent, root, keccak256("no such root"), "");
        passUpdateWindow();
        applyUpdate(lie, "");
        disproveAccount(lie, proof);
        vm.expectRevert(abi.encodeWithSelector(FeedFrozen.selector, parent.feed));
        syncAs(parent, root, syncOf(vector, proof));
    }

    function test_RevertGiven_RefundMode() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
        syncAs(parent, root, said);
    }

    function test_RevertWhen_TheFeedPaysLess() external {
        (Update memory parent, Claim memory root, Sync memory said, ) = _prepare();
        uint96 fee = uint96(2 * uint256(GWEI_PER_VALUE) * 1 gwei);
        said.minFee = fee + 1;
        vm.expectRevert(abi.encodeWithSelector(ReserveTooSmall.selector, fee, fee + 1));
        syncAs(parent, root, said);
    }

    function test_RevertWhen_TheFeedIsUnknown() external {
        Update memory parent;
        parent.feed = 99;
        Claim memory root;
        Sync memory said;
        vm.expectRevert(abi.encodeWithSelector(FeedUnknown.selector, 99));
        syncAs(parent, root, said);
    }

    function test_RevertWhen_AnybodyElseTellsFeeds() external {
        Update memory update;
        bytes memory refused = abi.encodeWithSelector(NotProver.selector, address(this));
        vm.expectRevert(refused);
        feeds.advance(update, 0, 0, "");
        vm.expectRevert(refused);
        feeds.confirm(update);
        vm.expectRevert(refused);
        feeds.heal(update, 0, 0);
    }
}
