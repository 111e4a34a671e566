using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Contracts;

/// <summary>What a transaction asks of one of the contracts, in the words of the domain.</summary>
public abstract record ContractCall
{
    private protected ContractCall(AbiFunction function, AbiWriter arguments) => (Signature, Data) = (function.Signature, function.Call(arguments));

    /// <summary>The function's canonical signature.</summary>
    public string Signature { get; }

    /// <summary>Selector and arguments, as the built-in client encodes them.</summary>
    public ReadOnlyMemory<byte> Data { get; }
}

/// <summary>A read of one of the contracts, in the words of the domain.</summary>
/// <typeparam name="T">What it answers.</typeparam>
public abstract record ContractView<T>
{
    private readonly AbiReader.ItemReader<T> _read;

    private protected ContractView(AbiFunction function, AbiReader.ItemReader<T> read)
        : this(function, new AbiWriter(), read)
    {
    }

    private protected ContractView(AbiFunction function, AbiWriter arguments, AbiReader.ItemReader<T> read) =>
        (Signature, Data, _read) = (function.Signature, function.Call(arguments), read);

    /// <summary>The function's canonical signature.</summary>
    public string Signature { get; }

    /// <summary>Selector and arguments, as the built-in client encodes them.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Reads what came back, as the built-in client does.</summary>
    /// <exception cref="AbiException">It is not what the function returns.</exception>
    public T Read(ReadOnlySpan<byte> answer)
    {
        var reader = new AbiReader(answer);
        return _read(ref reader);
    }
}

/// <summary>Which contract a log is of: the same topic means different things in different ones.</summary>
public enum ContractKind
{
    Token = 0,
    Registry,
    Rail,
    PayAddress,
    Vault,
    Resolver,

    /// <summary>The Ethereum Attestation Service.</summary>
    Eas,

    /// <summary>Brings signed claims to the vault.</summary>
    Relay,
}

/// <summary>The built-in reading of events.</summary>
public static class ContractEvents
{
    /// <summary>The event that a log of such a contract tells of, or null where it is none that this project uses.</summary>
    /// <exception cref="AbiException">The log names an event and does not hold it.</exception>
    public static ContractEvent? Decode(ContractKind contract, LogEntry log) => contract switch
    {
        ContractKind.Token => Erc20.Decode(log),
        ContractKind.Registry => ModelRegistry.Decode(log),
        ContractKind.Rail => InferencePayments.Decode(log),
        ContractKind.PayAddress => ModelAccount.Decode(log),
        ContractKind.Vault => RoyaltySplit.Decode(log),
        ContractKind.Resolver => SettlementResolver.Decode(log),
        ContractKind.Eas => Eas.Decode(log),
        ContractKind.Relay => ClaimRelay.Decode(log),
        _ => throw new ArgumentOutOfRangeException(nameof(contract), contract, "There is no such contract."),
    };
}

/// <summary>The usual answers.</summary>
internal static class Answers
{
    public static Primitives.UInt256 UInt(ref AbiReader reader) => reader.UInt();

    public static ulong UInt64(ref AbiReader reader) => reader.UInt64();

    public static uint UInt32(ref AbiReader reader) => reader.UInt32();

    public static bool Bool(ref AbiReader reader) => reader.Bool();

    public static Primitives.Hash32 Word(ref AbiReader reader) => reader.Word();

    public static Primitives.Address Account(ref AbiReader reader) => reader.Account();
}
