using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>An ERC-20 token, and the mint of the demonstration's dollar.</summary>
public static class Erc20
{
    internal static readonly AbiFunction TransferFunction = new("transfer(address,uint256)");
    internal static readonly AbiFunction ApproveFunction = new("approve(address,uint256)");
    internal static readonly AbiFunction BalanceOfFunction = new("balanceOf(address)", "uint256");
    internal static readonly AbiFunction SymbolFunction = new("symbol()", "string");
    internal static readonly AbiFunction DecimalsFunction = new("decimals()", "uint8");
    internal static readonly AbiFunction MintFunction = new("mint(address,uint256)");
    internal static readonly AbiEvent TransferEvent = new("Transfer(address,address,uint256)", indexed: 2);

    public static Hash32 TransferTopic => TransferEvent.Topic;

    public sealed record TransferCall(Address To, UInt256 Amount) : ContractCall(TransferFunction, new AbiWriter().Account(To).UInt(Amount));

    public sealed record ApproveCall(Address Spender, UInt256 Amount) : ContractCall(ApproveFunction, new AbiWriter().Account(Spender).UInt(Amount));

    /// <summary>Makes money out of nothing: only the demonstration's token has it.</summary>
    public sealed record MintCall(Address To, UInt256 Amount) : ContractCall(MintFunction, new AbiWriter().Account(To).UInt(Amount));

    public sealed record BalanceOf(Address Account) : ContractView<UInt256>(BalanceOfFunction, new AbiWriter().Account(Account), Answers.UInt);

    public sealed record Symbol() : ContractView<string>(SymbolFunction, static (ref AbiReader reader) => reader.Text());

    public sealed record Decimals() : ContractView<byte>(DecimalsFunction, static (ref AbiReader reader) => reader.UInt8());

    /// <summary>
    /// The transfer that a log tells of, or null. Tokens are strangers' code, and ERC-721 uses the same topic: a log of any
    /// other shape is not a transfer, and not an error either.
    /// </summary>
    public static Transfer? Decode(in LogEntry log)
    {
        var topics = log.Topics;
        if (topics.Count != TransferEvent.Indexed + 1 || topics[0] != TransferEvent.Topic || log.Data.Length != UInt256.Size) return null;
        Span<byte> words = stackalloc byte[2 * Hash32.Size];
        topics[1].WriteTo(words);
        topics[2].WriteTo(words[Hash32.Size..]);
        try
        {
            var indexed = new AbiReader(words);
            return new Transfer(indexed.Account(), indexed.Account(), log.Plain().UInt());
        }
        catch (AbiException)
        {
            return null;
        }
    }

    public sealed record Transfer(Address From, Address To, UInt256 Amount) : ContractEvent;
}
