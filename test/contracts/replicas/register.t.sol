// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {FeedApplying, FeedUnknown} from "../../../contracts/interfaces/IFeeds.sol";
import {
    CodeDependsOnChain,
    CodeHashMismatch,
    CodeRefused,
    CodeUnknown,
    LogicMissing,
    NotHead,
    NotProxy,
    ProofTooOld
} from "../../../contracts/interfaces/IReplicas.sol";
import {ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {CHUNK} from "../../../contracts/types/Deltas.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {BEACON_SLOT, DIAMOND_SLOT, IMPLEMENTATION_SLOT} from "../../../contracts/types/Proxy.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {ManyDeltas} from "../support/ManyDeltas.sol";
import {Calendar, MirroredToken, MirroredTokenTwo} from "../support/Mirrored.sol";
import {ReplicaDeployment} from "../support/ReplicaDeployment.sol";
import {TrieBuilder} from "../support/TrieBuilder.sol";

contract ReplicasRegisterTest is ReplicaDeployment, TrieBuilder {
    bytes32 private constant EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;
    // TIMESTAMP, CHAINID and ADDRESS.
    uint32 private constant CALENDAR = (1 << 0x12) | (1 << 0x16) | 1;

    /// A proxy on A before the token's code, with the token's storage.
    function _mirrorProxy() private returns (Update memory head, ERC1967Proxy proxy) {
        proxy = new ERC1967Proxy(address(token), abi.encodeCall(token.mint, (ALICE, 77)));
        bytes32[] memory slots = new bytes32[](2);
        (slots[0], slots[1]) = (IMPLEMENTATION_SLOT, balanceSlot(ALICE));
        head = mirror(createReplica(address(proxy), 0), address(proxy), slots);
        replicas.storeCode(address(token).code);
    }

    /// A final root at which `implementation` has this code.
    function _codeProof(
        address implementation,
        bytes32 codeHash
    ) private returns (Claim memory root, bytes[] memory proof) {
        bytes32 stateRoot;
        bytes32 key = keccak256(abi.encodePacked(implementation));
        (stateRoot, proof) = column(key, 2, accountRlp(EMPTY_ROOT, codeHash), 16);
        root = finalRoot(stateRoot);
    }

    function test_WhenTheCodeIsTheAccounts() external {
        Update memory head = mirrorToken();
        assertEq(feeds.feedOf(head.feed).codeHash, address(token).codehash, "code hash");
        assertEq(
            replicas.logicOf(address(token).codehash).code.codehash,
            address(token).codehash,
            "as it is"
        );
    }

    function test_WhenCodeIsStoredTwice() external {
        address first = replicas.storeCode(address(token).code);
        assertEq(replicas.storeCode(address(token).code), first, "one for all feeds");
    }

    function test_RevertWhen_TheCodeIsForeign() external {
        // SmartSync took any code for the logic.
        Update memory head = mirror(createReplica(address(token), 0), address(token), tokenSlots());
        MirroredTokenTwo foreign = new MirroredTokenTwo();
        replicas.storeCode(address(foreign).code);
        vm.expectRevert(abi.encodeWithSelector(CodeUnknown.selector, address(token).codehash));
        replicas.register(head);
    }

    function test_RevertWhen_TheUpdateIsNotTheHead() external {
        Update memory first = mirrorToken();
        Update memory second = mirrorAs(first, address(token).codehash, "");
        vm.expectRevert(abi.encodeWithSelector(NotHead.selector, first.id(), second.id()));
        replicas.register(first);
        Update memory pending = postMirror(second, address(token).codehash, "");
        vm.expectRevert(abi.encodeWithSelector(NotHead.selector, pending.id(), second.id()));
        replicas.register(pending);
    }

    function test_RevertGiven_AHalfAppliedUpdate() external {
        Update memory head = mirrorToken();
        bytes memory deltas = ManyDeltas.ordered(CHUNK + 1, 1);
        Update memory next = postMirror(head, address(token).codehash, deltas);
        passUpdateWindow();
        applyOne(next, deltas, 0);
        vm.expectRevert(abi.encodeWithSelector(FeedApplying.selector, head.feed));
        replicas.register(head);
    }

    function test_RevertWhen_TheFeedIsUnknown() external {
        Update memory head;
        head.feed = 99;
        vm.expectRevert(abi.encodeWithSelector(FeedUnknown.selector, 99));
        replicas.register(head);
    }

    function test_RevertWhen_TheCodeDependsOnTheChain() external {
        Calendar calendar = new Calendar();
        replicas.storeCode(address(calendar).code);
        bytes32[] memory slots = one(0);
        Update memory head = mirror(createReplica(address(calendar), 0), address(calendar), slots);
        vm.expectRevert(abi.encodeWithSelector(CodeDependsOnChain.selector, CALENDAR, 0));
        replicas.register(head);
        head = mirror(createReplica(address(calendar), CALENDAR & ~uint32(1)), address(calendar), slots);
        vm.expectRevert(abi.encodeWithSelector(CodeDependsOnChain.selector, CALENDAR, CALENDAR & ~uint32(1)));
        replicas.register(head);
    }

    function test_WhenTheFeedAcceptsWhatDependsOnTheChain() external {
        Calendar calendar = new Calendar();
        replicas.storeCode(address(calendar).code);
        Update memory head = mirror(createReplica(address(calendar), CALENDAR), address(calendar), one(0));
        replicas.register(head);
        Calendar replica = Calendar(replicaOf(head));
        assertTrue(replica.isOver(), "B's time");
        (uint256 chain, address self) = replica.domain();
        assertEq(chain, block.chainid, "B's id");
        assertEq(self, address(replica), "the replica's address");
    }

    function test_WhenTheAccountIsAProxy() external {
        (Update memory head, ERC1967Proxy proxy) = _mirrorProxy();
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        replicas.registerImplementation(head, address(proxy).code, root, proof);
        MirroredToken replica = MirroredToken(replicaOf(head));
        assertEq(replica.balanceOf(ALICE), 77, "the proxy's storage");
        assertEq(replica.CAP(), CAP, "the implementation's code");
    }

    function test_GivenAnUpgradeOfTheProxy_ViewsWait() external {
        (Update memory head, ERC1967Proxy proxy) = _mirrorProxy();
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        replicas.registerImplementation(head, address(proxy).code, root, proof);
        MirroredToken replica = MirroredToken(replicaOf(head));
        // Something else changes: they go on.
        bytes memory deltas = abi.encode(balanceSlot(BOB), 5);
        head = mirrorAs(head, address(proxy).codehash, deltas);
        assertEq(replica.balanceOf(BOB), 5, "no upgrade");

        MirroredTokenTwo upgraded = new MirroredTokenTwo();
        head = mirrorAs(head, address(proxy).codehash, abi.encode(IMPLEMENTATION_SLOT, address(upgraded)));
        vm.expectRevert(abi.encodeWithSelector(LogicMissing.selector, head.feed));
        replica.totalSupply();
        replicas.storeCode(address(upgraded).code);
        (root, proof) = _codeProof(address(upgraded), address(upgraded).codehash);
        replicas.registerImplementation(head, address(proxy).code, root, proof);
        assertEq(MirroredTokenTwo(address(replica)).version(), 2, "the new implementation");
    }

    function test_GivenTheProxyItselfIsReplaced_ViewsWait() external {
        (Update memory head, ERC1967Proxy proxy) = _mirrorProxy();
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        replicas.registerImplementation(head, address(proxy).code, root, proof);
        head = mirrorAs(head, keccak256("another proxy"), "");
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(abi.encodeWithSelector(LogicMissing.selector, head.feed));
        replica.totalSupply();
    }

    function test_RevertWhen_TheImplementationHasOtherCode() external {
        (Update memory head, ERC1967Proxy proxy) = _mirrorProxy();
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), keccak256("other"));
        vm.expectRevert(abi.encodeWithSelector(CodeUnknown.selector, keccak256("other")));
        replicas.registerImplementation(head, address(proxy).code, root, proof);
    }

    function test_RevertWhen_TheProxysCodeDoesNotHashRight() external {
        (Update memory head, ERC1967Proxy proxy) = _mirrorProxy();
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        bytes memory code = bytes.concat(address(proxy).code, hex"00");
        vm.expectRevert(
            abi.encodeWithSelector(CodeHashMismatch.selector, keccak256(code), address(proxy).codehash)
        );
        replicas.registerImplementation(head, code, root, proof);
    }

    function test_RevertWhen_TheRootIsNotFinal() external {
        (Update memory head, ERC1967Proxy proxy) = _mirrorProxy();
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        root.stateRoot = keccak256("forged");
        vm.expectPartialRevert(ClaimStatusWrong.selector);
        replicas.registerImplementation(head, address(proxy).code, root, proof);
    }

    function test_RevertWhen_TheRootIsOlderThanTheReplica() external {
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        (Update memory head, ERC1967Proxy proxy) = _mirrorProxy();
        vm.expectRevert(abi.encodeWithSelector(ProofTooOld.selector, root.number, head.number));
        replicas.registerImplementation(head, address(proxy).code, root, proof);
    }

    function test_RevertWhen_TheAccountIsNoProxy() external {
        Update memory head = mirrorToken();
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        vm.expectRevert(abi.encodeWithSelector(NotProxy.selector, head.feed));
        replicas.registerImplementation(head, address(token).code, root, proof);
        // An address in the slot makes no proxy of code that never looks there.
        head = mirrorAs(head, address(token).codehash, abi.encode(IMPLEMENTATION_SLOT, address(token)));
        (root, proof) = _codeProof(address(token), address(token).codehash);
        vm.expectRevert(abi.encodeWithSelector(NotProxy.selector, head.feed));
        replicas.registerImplementation(head, address(token).code, root, proof);
    }

    function _refused(bytes memory code, bytes memory deltas, bytes32 what) private {
        Update memory head = mirrorAs(createReplica(STRANGER, 0), keccak256(code), deltas);
        (Claim memory root, bytes[] memory proof) = _codeProof(address(token), address(token).codehash);
        vm.expectRevert(abi.encodeWithSelector(CodeRefused.selector, what, 0));
        replicas.registerImplementation(head, code, root, proof);
    }

    function test_RevertWhen_TheAccountOnlyPoints() external {
        bytes memory clone = abi.encodePacked(
            hex"363d3d373d3d3d363d73",
            address(token),
            hex"5af43d82803e903d91602b57fd5bf3"
        );
        _refused(clone, "", "EIP-1167 clone");
        _refused(abi.encodePacked(hex"ef0100", address(token)), "", "EIP-7702 delegation");
        _refused(abi.encodePacked(hex"7f", DIAMOND_SLOT, hex"54f4"), "", "diamond");
        bytes memory beacon = abi.encode(BEACON_SLOT, address(token));
        _refused(abi.encodePacked(hex"7f", IMPLEMENTATION_SLOT, hex"54f4"), beacon, "beacon proxy");
    }
}
