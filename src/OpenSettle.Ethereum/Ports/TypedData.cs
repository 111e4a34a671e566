using OpenSettle.Ethereum.Encoding;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Ports;

/// <summary>Where a signature counts. What a domain leaves out is null, and then not part of its type.</summary>
public sealed record TypedDataDomain(string? Name, string? Version, UInt256? ChainId, Address? VerifyingContract, Hash32? Salt = null);

/// <summary>A field of a struct of EIP-712, its type in Solidity's words: uint64, bytes32, TokenTotal[].</summary>
public sealed record TypedField(string Name, string Type);

/// <summary>A struct type of EIP-712.</summary>
public sealed record TypedStruct(string Name, IReadOnlyList<TypedField> Fields);

/// <summary>A value of EIP-712 data. Whether it fits its field's type is checked when it is hashed or written.</summary>
public abstract record TypedValue
{
    private protected TypedValue()
    {
    }

    public static implicit operator TypedValue(UInt256 value) => new Number(value);

    public static implicit operator TypedValue(ulong value) => new Number(value);

    public static implicit operator TypedValue(bool value) => new Flag(value);

    public static implicit operator TypedValue(Address value) => new Account(value);

    public static implicit operator TypedValue(Hash32 value) => new Bytes(value.ToArray());

    public static implicit operator TypedValue(string value) => new Text(value);

    /// <summary>uintN.</summary>
    public sealed record Number(UInt256 Value) : TypedValue;

    public sealed record Flag(bool Value) : TypedValue;

    public sealed record Account(Address Value) : TypedValue;

    /// <summary>bytes, or bytesN of that length.</summary>
    public sealed record Bytes(ReadOnlyMemory<byte> Value) : TypedValue;

    public sealed record Text(string Value) : TypedValue;

    /// <summary>An array, of fixed or any length.</summary>
    public sealed record List(IReadOnlyList<TypedValue> Items) : TypedValue;

    /// <summary>A struct: its values in the order of its fields.</summary>
    public sealed record Struct(params IReadOnlyList<TypedValue> Values) : TypedValue;
}

/// <summary>
/// EIP-712 data: what a wallet, or a signer elsewhere, shows to whoever signs. Signed integers are left out: nothing
/// here has them.
/// </summary>
/// <param name="Domain">Where the signature counts.</param>
/// <param name="Types">The message's type first, then those that it refers to.</param>
/// <param name="Message">The values of the first type.</param>
public sealed record TypedData(TypedDataDomain Domain, IReadOnlyList<TypedStruct> Types, TypedValue.Struct Message)
{
    public string PrimaryType => Types[0].Name;

    /// <summary>What is signed: keccak256(0x1901, domain, message).</summary>
    /// <exception cref="ArgumentException">A value is not of its type, or the types are not types of EIP-712. No value is repeated.</exception>
    /// <exception cref="OverflowException">A number has more bits than its type.</exception>
    public Hash32 Digest() => TypedDataHash.Digest(this);

    /// <summary>The JSON that <c>eth_signTypedData_v4</c> takes.</summary>
    /// <exception cref="ArgumentException">A value is not of its type, or the types are not types of EIP-712. No value is repeated.</exception>
    /// <exception cref="OverflowException">A number has more bits than its type.</exception>
    public string ToJson() => TypedDataJson.Write(this);
}
