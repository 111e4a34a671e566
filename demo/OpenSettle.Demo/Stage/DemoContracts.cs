using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Demo.Stage;

/// <summary>What only people's wallets, and the demonstration's own contracts, are asked: no program of ours calls these.</summary>
public static class DemoContracts
{
    private static readonly AbiFunction PayWithPermitFunction = new("payWithPermit(bytes32,address,uint256,bytes32,(uint256,uint256,uint8,bytes32,bytes32))");
    private static readonly AbiFunction PayWithAuthorizationFunction =
        new("payWithAuthorization((address,bytes32,address,uint256,bytes32,bytes32,uint256,uint256,bytes))");

    private static readonly AbiFunction TransferModelFunction = new("transferFrom(address,address,uint256)");
    private static readonly AbiFunction SetStatusFunction = new("setStatus(bytes32,uint8)");
    private static readonly AbiFunction RoyaltyInfoFunction = new("royaltyInfo(uint256,uint256)", "address,uint256");
    private static readonly AbiFunction SetBlockedFunction = new("setBlocked(address,bool)");

    /// <summary>Creates what it is sent (ERC-2470's elder: salt, then code), at an address that only these decide.</summary>
    public static Address CreationProxy { get; } = Address.Parse("0x4e59b44847b379578588920cA78FbF26c0B4956C");

    /// <summary>Where the proxy creates that code, with a salt of zero.</summary>
    public static Address CreatedAt(ReadOnlyMemory<byte> creation)
    {
        byte[] content = [0xff, .. CreationProxy.ToArray(), .. new byte[Hash32.Size], .. Keccak256.Hash(creation.Span).ToArray()];
        return Address.FromBytes(Keccak256.Hash(content).ToArray().AsSpan(Hash32.Size - Address.Size));
    }

    /// <summary>Creation code of a wallet with that key behind it.</summary>
    public static byte[] WalletOf(Address owner) => [.. CompiledContract.Load("DemoWallet").CreationCode.Span, .. new AbiWriter().Account(owner).ToArray()];

    /// <summary>What an authorisation to the rail has to have as its nonce, so that it pays for that model and use alone.</summary>
    public static Hash32 AuthorizationNonce(ulong chainId, Address rail, Hash32 model, Hash32 usageRef, Hash32 salt) =>
        Keccak256.Hash(new AbiWriter().UInt(chainId).Account(rail).Word(model).Word(usageRef).Word(salt).ToArray());

    public sealed record PayWithPermitCall(Hash32 Model, Address Token, UInt256 Amount, Hash32 UsageRef, UInt256 Value, UInt256 Deadline, RecoverableSignature SignedBy)
        : ContractCall(PayWithPermitFunction, Signed(new AbiWriter().Word(Model).Account(Token).UInt(Amount).Word(UsageRef).UInt(Value).UInt(Deadline), SignedBy));

    public sealed record Authorization(
        Address Payer, Hash32 Model, Address Token, UInt256 Amount, Hash32 UsageRef, Hash32 Salt, UInt256 ValidAfter, UInt256 ValidBefore, ReadOnlyMemory<byte> Signature);

    public sealed record PayWithAuthorizationCall(Authorization Paid) : ContractCall(PayWithAuthorizationFunction, new AbiWriter().DynamicTuple(tuple => tuple
        .Account(Paid.Payer).Word(Paid.Model).Account(Paid.Token).UInt(Paid.Amount).Word(Paid.UsageRef).Word(Paid.Salt)
        .UInt(Paid.ValidAfter).UInt(Paid.ValidBefore).Bytes(Paid.Signature.Span)));

    /// <summary>A model goes to another owner, as any ERC-721 does.</summary>
    public sealed record TransferModelCall(Address From, Address To, Hash32 Model) : ContractCall(TransferModelFunction, new AbiWriter().Account(From).Account(To).Word(Model));

    public sealed record SetStatusCall(Hash32 Model, ModelStatus Status) : ContractCall(SetStatusFunction, new AbiWriter().Word(Model).UInt((ulong)Status, 8));

    /// <summary>What of a price belongs to whom besides the seller (EIP-2981).</summary>
    public sealed record RoyaltyInfo(Hash32 Model, UInt256 Price)
        : ContractView<(Address To, UInt256 Amount)>(RoyaltyInfoFunction, new AbiWriter().Word(Model).UInt(Price), static (ref AbiReader reader) => (reader.Account(), reader.UInt()));

    /// <summary>The demonstration's dollar lets an address neither pay nor be paid; anybody may say so.</summary>
    public sealed record SetBlockedCall(Address Account, bool Blocked) : ContractCall(SetBlockedFunction, new AbiWriter().Account(Account).Bool(Blocked));

    private static AbiWriter Signed(AbiWriter writer, RecoverableSignature signature)
    {
        var bytes = signature.ToArray();
        return writer.UInt(bytes[64], 8).Word(Hash32.FromBytes(bytes.AsSpan(0, 32))).Word(Hash32.FromBytes(bytes.AsSpan(32, 32)));
    }
}
