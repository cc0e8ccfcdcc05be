// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// The root of a trie without entries: keccak256(0x80). Yellow Paper, appendix D.
bytes32 constant EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;

/// An account of A as its state trie records it (Yellow Paper section 4.1).
/// An account that does not exist reads as nonce 0, balance 0, EMPTY_ROOT and code hash zero; the code hash of an
/// existing account is never zero, not even without code.
struct Account {
    uint64 nonce;
    /// Wei.
    uint256 balance;
    bytes32 storageRoot;
    bytes32 codeHash;
}

/// The bytes are not the canonical RLP of an account. `field` is the first that is not (0 nonce, 1 balance,
/// 2 storage root, 3 code hash), or ACCOUNT_LIST for the list around them.
error AccountMalformed(uint256 field);
/// The bytes are not the canonical RLP of an integer below 2^256.
error SlotValueMalformed(uint256 size);

// Names the list around the fields in AccountMalformed.
uint256 constant ACCOUNT_LIST = 4;

/// @return account What reads as an account that does not exist.
function absentAccount() pure returns (Account memory account) {
    account.storageRoot = EMPTY_ROOT;
}

/// Decodes `[nonce, balance, storageRoot, codeHash]`.
///
/// Offsets in the RLP of an account, N and B being the encoded sizes of nonce (1 to 9) and balance (1 to 33):
///
///     0  f8 LL    2  nonce    2+N  balance    2+N+B  a0 storageRoot    35+N+B  a0 codeHash    68+N+B  end
function decodeAccount(bytes calldata rlp) pure returns (Account memory account) {
    // Two hashes alone make the payload longer than 55 bytes, and nothing makes it longer than 255.
    require(
        rlp.length >= 70 && rlp.length <= 110 && rlp[0] == 0xf8 && uint8(rlp[1]) == rlp.length - 2,
        AccountMalformed(ACCOUNT_LIST)
    );
    (bool valid, uint256 value, uint256 size) = decodeInteger(rlp[2:]);
    require(valid && value <= type(uint64).max, AccountMalformed(0));
    account.nonce = uint64(value);

    uint256 cursor = 2 + size;
    (valid, value, size) = decodeInteger(rlp[cursor:]);
    require(valid, AccountMalformed(1));
    account.balance = value;

    cursor += size;
    // Both hashes have a fixed width, so the length says whether all four fields and nothing else are there.
    require(rlp.length == cursor + 66, AccountMalformed(ACCOUNT_LIST));
    require(rlp[cursor] == 0xa0, AccountMalformed(2));
    require(rlp[cursor + 33] == 0xa0, AccountMalformed(3));
    account.storageRoot = bytes32(rlp[cursor + 1:cursor + 33]);
    account.codeHash = bytes32(rlp[cursor + 34:cursor + 66]);
    // No hash is zero, and zero stands for "no account".
    require(account.storageRoot != 0, AccountMalformed(2));
    require(account.codeHash != 0, AccountMalformed(3));
}

/// Decodes the value of a storage slot: an RLP integer. The trie never holds a zero, but RLP can say it, so it reads
/// as zero.
function decodeSlotValue(bytes calldata rlp) pure returns (uint256) {
    (bool valid, uint256 value, uint256 size) = decodeInteger(rlp);
    require(valid && size == rlp.length, SlotValueMalformed(rlp.length));
    return value;
}

/// Reads the canonical RLP integer at the start of `rlp`: no leading zero, at most 32 bytes, a single byte below 0x80
/// standing for itself.
/// @return valid Whether there is one. @return size The bytes it takes.
function decodeInteger(bytes calldata rlp) pure returns (bool valid, uint256 value, uint256 size) {
    if (rlp.length == 0) return (false, 0, 0);
    uint256 prefix = uint8(rlp[0]);
    if (prefix < 0x80) return (prefix != 0, prefix, 1);
    if (prefix == 0x80) return (true, 0, 1);
    size = prefix - 0x7f;
    if (prefix > 0xa0 || rlp.length < size) return (false, 0, 0);
    value = uint256(bytes32(rlp[1:size])) >> (8 * (33 - size));
    // The top byte of the value must be set, and a value below 0x80 must have been a single byte.
    valid = value >> (8 * (size - 2)) != 0 && value >= 0x80;
}
