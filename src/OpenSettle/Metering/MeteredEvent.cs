using System.Buffers.Binary;
using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Metering;

/// <summary>
/// One metered use of a model, as it is kept: what was used and how it went, never what was asked or answered. The journal,
/// archives and streams hold it as <see cref="EventBody"/>.
/// </summary>
public sealed record MeteredEvent
{
    /// <summary>Who produced the event. With <see cref="Id"/> its identity.</summary>
    public required string Source { get; init; }

    public required string Id { get; init; }

    public required string Type { get; init; }

    public required ModelId Model { get; init; }

    /// <summary>What the model was used for; empty where it is not told.</summary>
    public string Domain { get; init; } = string.Empty;

    /// <summary>How it went, see <see cref="Outcomes"/>.</summary>
    public string Outcome { get; init; } = Outcomes.Unknown;

    public required ulong Units { get; init; }

    /// <summary>When it was used, in seconds since 1970.</summary>
    public required ulong Time { get; init; }

    /// <summary>Salted hash of who used the model; zero where it is not told.</summary>
    public Hash32 Consumer { get; init; }

    /// <summary>The account that pays, as the gateway says; zero where it is not told. Accounts that pay are public on chain.</summary>
    public Address Payer { get; init; }

    /// <summary>Usage reference or transaction of the payment that it belongs to; zero where there is none.</summary>
    public Hash32 Payment { get; init; }

    /// <summary>What the gateway says that it cost, as decimal text; empty where it is not told. It decides nothing.</summary>
    public string Cost { get; init; } = string.Empty;

    /// <summary>Measured influence; null where there is none.</summary>
    public Attribution? Attribution { get; init; }

    /// <summary>keccak-256 of source and id, each after its length: what makes two events the same one, whatever their time.</summary>
    public Hash32 Identity() => EventIdentity.Of(Encoding.UTF8.GetBytes(Source), Encoding.UTF8.GetBytes(Id));

    /// <summary>The event as a batch signs it: without what is only told, and with the weights that count. Without weights no method measured any.</summary>
    public BatchedEvent ToBatched() => new(
        Identity(), Consumer, Model, Domain, Outcome, Units, Time, Payment, Attribution is { Weights.Count: > 0 } ? Attribution.MethodHash : Hash32.Zero,
        Attribution is null ? [] : [.. Attribution.Weights.Select(weight => new InfluenceWeight(weight.Account, weight.Weight))]);

    public bool Equals(MeteredEvent? other) => other is not null && EventBody.Encode(this).AsSpan().SequenceEqual(EventBody.Encode(other));

    public override int GetHashCode() => HashCode.Combine(Source, Id);
}

/// <summary>Outcomes that mean something; others are kept as they are told, and are no trials.</summary>
public static class Outcomes
{
    /// <summary>A trial that succeeded.</summary>
    public const string Ok = "ok";

    /// <summary>A trial that failed.</summary>
    public const string Error = "error";

    /// <summary>Nobody judged it: a use, and no trial.</summary>
    public const string Unknown = "unknown";
}

/// <summary>Who influenced an answer, how that was measured, and how surely it is known.</summary>
/// <param name="MethodHash">What exactly measured it: code and settings.</param>
/// <param name="Weights">Positive ones, accounts ascending, each once.</param>
public sealed record Attribution(string Method, Hash32 MethodHash, IReadOnlyList<MeasuredWeight> Weights);

/// <summary>An account's influence, and the interval in which it lies.</summary>
public readonly record struct MeasuredWeight(Address Account, UInt128 Weight, UInt128 Low, UInt128 High);

/// <summary>What makes two events the same one.</summary>
public static class EventIdentity
{
    public static Hash32 Of(ReadOnlySpan<byte> source, ReadOnlySpan<byte> id)
    {
        var length = 8 + source.Length + id.Length;
        Span<byte> message = length <= 512 ? stackalloc byte[length] : new byte[length];
        WriteMessage(source, id, message);
        return Keccak256.Hash(message);
    }

    /// <summary>What is hashed: lengths first, so that no two pairs have the same bytes.</summary>
    internal static void WriteMessage(ReadOnlySpan<byte> source, ReadOnlySpan<byte> id, Span<byte> message)
    {
        BinaryPrimitives.WriteInt32BigEndian(message, source.Length);
        source.CopyTo(message[4..]);
        BinaryPrimitives.WriteInt32BigEndian(message[(4 + source.Length)..], id.Length);
        id.CopyTo(message[(8 + source.Length)..]);
    }
}
