// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// The state of the execution machine and the records of its world. Told in docs/machine.md, sections 2 and 3; the twin
// is shared/machine/State.ts. Everything here is static, so that `abi.encode` of a struct is the plain row of its fields.
// Structs are encoded, never stored: their order is that of the fields' meaning.
// solhint-disable gas-struct-packing

// Unused fields are zero, and what is finished is zeroed whole: states that mean the same are equal.

using MachineRecord for Machine global;
using FrameRecord for Frame global;
using AccountRecord for Account global;
using SlotRecord for Slot global;
using CodeRecord for Code global;

/// What happens when neither a job nor an opcode is pending.
enum Phase {
    /// System calls before the transactions.
    BEFORE,
    /// Take the next transaction out of the trie and decode it.
    BEGIN,
    /// Its validity against the state; its gas is bought.
    CHECK,
    /// One item of the access list.
    WARM,
    /// One authorisation of EIP-7702.
    AUTHORISE,
    /// Make the first frame.
    ENTER,
    /// Opcodes.
    RUN,
    /// Refund and pay.
    END,
    /// One withdrawal.
    WITHDRAW,
    /// System calls after the transactions.
    AFTER,
    /// Write the world into the state trie, one subtree a step.
    FLUSH,
    /// The block is executed.
    DONE,
    /// The block breaks a rule.
    INVALID
}

/// Byte j is byte `offset + j` of the byte tree for j < size and zero beyond. A view of size 0 is all zeros.
struct View {
    bytes32 root;
    uint64 offset;
    uint64 size;
}

struct Machine {
    Phase phase;
    /// Index within the phase: transaction, withdrawal, system call, pass of the flush.
    uint64 cursor;
    /// Executions begun so far, from 1. A mark of the world is current if it carries this number.
    uint64 stamp;
    /// Root of the world map: everything that a revert undoes.
    bytes32 world;
    /// A's state trie: before the block until the flush, which turns it into the one after.
    bytes32 stateRoot;
    /// Gas used by the block so far.
    uint64 gasUsed;
    /// Blobs of the block so far.
    uint64 blobs;
    /// The latched opcode; zero: fetch the next.
    uint8 op;
    /// Result of the hash that the latched opcode asked for; zero: none.
    bytes32 hashed;
    /// Byte tree of depth 8 of block hashes, by number modulo 256.
    bytes32 ancestors;
    /// Lowest block number in `ancestors`.
    uint64 oldest;
    /// Flush: hash list of subtrees still to visit.
    bytes32 walk;
    Block head;
    Tx txn;
    Frame frame;
    Job job;
}

/// What the rules read from the header of the block. Constant.
struct Block {
    uint64 number;
    uint64 timestamp;
    uint64 gasLimit;
    address coinbase;
    uint256 baseFee;
    uint256 blobBaseFee;
    uint64 maxBlobs;
    bytes32 prevRandao;
    bytes32 parentHash;
    bytes32 beaconRoot;
    bytes32 transactionsRoot;
    bytes32 withdrawalsRoot;
    /// RULES_CANCUN and later.
    uint8 rules;
}

/// The transaction, or system call, being executed.
struct Tx {
    /// Hash of the raw bytes, against which later steps show them.
    bytes32 hash;
    /// 0 legacy, 1 to 4 typed, KIND_SYSTEM.
    uint8 kind;
    address sender;
    address to;
    /// Hash of the data of a creation; zero if this is none.
    bytes32 initHash;
    uint256 value;
    uint64 nonce;
    uint64 gasLimit;
    uint256 gasPrice;
    /// What the coinbase gets per gas.
    uint256 tip;
    /// The most that the sender may have to pay, value included.
    uint256 maxCost;
    /// Gas before the first opcode, without the part for data.
    uint64 intrinsic;
    /// One for a zero byte of data, four for any other.
    uint64 tokens;
    /// Refunds of EIP-7702.
    uint64 refund;
    // Positions within the raw bytes. `listAt` and `slotsEnd` move while the access list is warmed.
    uint32 dataAt;
    uint32 dataSize;
    uint32 listAt;
    uint32 listEnd;
    uint32 slotsEnd;
    address listAccount;
    uint32 authAt;
    uint32 authEnd;
    uint32 blobsAt;
    uint32 blobCount;
    /// Byte tree of the data.
    bytes32 input;
}

struct Frame {
    /// FRAME_CALL, FRAME_CREATE, FRAME_PRECOMPILE or FRAME_PROGRAM.
    uint8 kind;
    /// Hash of the caller's frame; zero at depth 0.
    bytes32 parent;
    /// The world that comes back if this frame fails.
    bytes32 world;
    uint16 depth;
    bool isStatic;
    address self;
    address caller;
    uint256 value;
    /// The bytes of the code that runs.
    View code;
    /// Where it can be jumped to: see Code.
    bytes32 jumps;
    uint16 precompile;
    View input;
    View returned;
    uint64 pc;
    uint64 gas;
    /// FRAME_PROGRAM only: gas that goes back to the caller.
    uint64 kept;
    int64 refund;
    /// Hash list, top first.
    bytes32 stack;
    uint16 height;
    bytes32 memoryRoot;
    /// Words of memory paid for.
    uint64 words;
    // Where the caller wants the return data.
    uint64 outOffset;
    uint64 outSize;
}

/// Work that takes many steps. What each kind keeps in the fields is told in docs/machine.md, section 7.
struct Job {
    uint8 kind;
    View source;
    bytes32 hash;
    address account;
    uint256 key;
    uint64 position;
    uint64 to;
    uint64 left;
    bytes32 memo;
}

/// An account in the world.
struct Account {
    uint64 nonce;
    uint256 balance;
    bytes32 codeHash;
    bytes32 storageRoot;
    /// How often the account was destroyed; slots belong to an incarnation.
    uint64 incarnation;
    /// Stamp of the execution that created, or destroyed, it.
    uint64 createdAt;
    uint64 destroyedAt;
}

/// A storage slot in the world. `original` is the value at the start of execution `originalAt`.
struct Slot {
    uint256 value;
    uint256 original;
    uint64 originalAt;
}

/// What is known of a code. How it is found is told in Codes.
struct Code {
    uint32 size;
    /// Not zero for a designator of EIP-7702.
    address delegate;
    /// Byte tree of the code.
    bytes32 root;
    /// Byte tree of a bit for each byte of it, set where it can be jumped to.
    bytes32 jumps;
}

// keccak256("").
bytes32 constant EMPTY_CODE = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;

uint8 constant RULES_CANCUN = 0;
uint8 constant RULES_PRAGUE = 1;
uint8 constant RULES_OSAKA = 2;

uint8 constant KIND_SYSTEM = 255;
// Caller and origin of system calls: EIP-4788.
address constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;

uint8 constant FRAME_CALL = 0;
uint8 constant FRAME_CREATE = 1;
uint8 constant FRAME_PRECOMPILE = 2;
uint8 constant FRAME_PROGRAM = 3;

uint8 constant JOB_NONE = 0;
uint8 constant JOB_LOAD_ACCOUNT = 1;
uint8 constant JOB_LOAD_SLOT = 2;
uint8 constant JOB_LOAD_CODE = 3;
uint8 constant JOB_LOAD_ANCESTOR = 4;
uint8 constant JOB_HASH = 5;
uint8 constant JOB_COPY = 6;
uint8 constant JOB_DATA = 7;
uint8 constant JOB_SHA256 = 8;
uint8 constant JOB_BLAKE2F = 9;
uint8 constant JOB_MSM = 10;
uint8 constant JOB_PAIRING = 11;

// Bytes of `abi.encode(machine)`: 90 words.
uint256 constant MACHINE_SIZE = 2880;

/// What a step is proven against.
library MachineRecord {
    function hash(Machine memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(m));
    }

    /// The end of the block by its rules. Only the result stays.
    function finish(Machine memory m) internal pure {
        (bytes32 stateRoot, uint64 gasUsed, uint64 blobs) = (m.stateRoot, m.gasUsed, m.blobs);
        _clear(m);
        (m.phase, m.stateRoot, m.gasUsed, m.blobs) = (Phase.DONE, stateRoot, gasUsed, blobs);
    }

    /// The block breaks a rule: it has no result.
    function invalidate(Machine memory m) internal pure {
        _clear(m);
        m.phase = Phase.INVALID;
    }

    function _clear(Machine memory m) private pure {
        Machine memory blank;
        (m.cursor, m.stamp, m.world, m.stateRoot) = (0, 0, 0, 0);
        (m.gasUsed, m.blobs, m.op, m.hashed) = (0, 0, 0, 0);
        (m.ancestors, m.oldest, m.walk) = (0, 0, 0);
        (m.head, m.txn, m.frame, m.job) = (blank.head, blank.txn, blank.frame, blank.job);
    }
}

library FrameRecord {
    /// What a frame's callee keeps of it.
    function hash(Frame memory frame) internal pure returns (bytes32) {
        return keccak256(abi.encode(frame));
    }

    /// The frame runs this code.
    function setCode(Frame memory frame, Code memory code) internal pure {
        (frame.code, frame.jumps) = (code.toView(), code.jumps);
    }
}

// What the world map holds of its records.

library AccountRecord {
    function hash(Account memory account) internal pure returns (bytes32) {
        return keccak256(abi.encode(account));
    }

    /// EIP-161: neither nonce nor balance nor code.
    function isEmpty(Account memory account) internal pure returns (bool) {
        return account.nonce == 0 && account.balance == 0 && account.codeHash == EMPTY_CODE;
    }
}

library SlotRecord {
    function hash(Slot memory slot) internal pure returns (bytes32) {
        return keccak256(abi.encode(slot));
    }
}

library CodeRecord {
    function hash(Code memory code) internal pure returns (bytes32) {
        return keccak256(abi.encode(code));
    }

    /// The bytes of the code. The tree of an empty one is zero, as its view must be.
    function toView(Code memory code) internal pure returns (View memory) {
        return View(code.root, 0, code.size);
    }
}
