using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OpenSettle.Ethereum.Attestations;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Attesting;

/// <summary>An attestation as a node lists it.</summary>
internal sealed record ListedAttestation(
    Hash32 Uid, string Kind, string Standing, string? Why, Address Attester, Hash32 Schema, Address Recipient, Hash32 RefUid, ulong Time, ulong Expires, ulong RevokedAt, bool OnChain,
    JsonElement? Says)
{
    /// <summary>How a check begins that found a difference.</summary>
    public const string Differs = "differs: ";

    public static ListedAttestation Read(JsonElement item)
    {
        string Text(string name) => item.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null");
        ulong Number(string name) => item.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? ulong.Parse(text.GetString() ?? string.Empty, NumberStyles.None, CultureInfo.InvariantCulture) : item.GetProperty(name).GetUInt64();
        return new ListedAttestation(
            Hash32.Parse(Text("uid")), Text("kind"), Text("standing"), item.TryGetProperty("why", out var why) ? why.GetString() : null, Address.Parse(Text("attester")), Hash32.Parse(Text("schema")),
            Address.Parse(Text("recipient")), Hash32.Parse(Text("refUid")), Number("time"), Number("expires"), Number("revokedAt"), item.GetProperty("onChain").GetBoolean(),
            item.TryGetProperty("says", out var says) ? says : null);
    }

    /// <summary>What the chain says of it, in words.</summary>
    public async Task<string> CheckAsync(AttestSession session, CancellationToken cancellation)
    {
        if (!OnChain) return "only in a file: its signature was checked by the node alone";
        if (await session.FindAsync(Uid, cancellation) is not { } content) return $"{Differs}{Uid} is not on the chain";
        // The node may be behind with a revocation, and never ahead of one.
        if (RevokedAt != 0 && content.RevocationTime != RevokedAt) return $"{Differs}{Uid} was not revoked at {RevokedAt}";
        if ((content.Attester, content.Schema, content.Recipient, content.RefUid, content.Time, content.ExpirationTime) != (Attester, Schema, Recipient, RefUid, Time, Expires))
            return $"{Differs}{Uid} has another attester, schema, recipient, reference or time on the chain";
        if (session.Schemas.KindOf(content.Schema) is not { } kind) return $"{Differs}{Uid} is under a schema of somebody else";
        var statement = StatementCodec.Decode(kind, content.Data.Span);
        if (statement is null != Says is null || (statement is not null && Says is { } says && !JsonElement.DeepEquals(Written(statement), says))) return $"{Differs}{Uid} says something else on the chain";
        if (content.RevocationTime != RevokedAt) return "on the chain, and revoked since";
        return statement is null ? "on the chain, and its data says nothing" : "on the chain, and says the same";
    }

    private static JsonElement Written(Statement statement)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            PassportJson.Write(writer, statement);
            writer.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    /// <param name="json">What the node answered, where that is asked for.</param>
    public static void Print(IReadOnlyList<ListedAttestation> listed, IReadOnlyDictionary<Hash32, string> checks, JsonElement? json)
    {
        if (json is { } answer)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { attestations = answer, checks = checks.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value) }));
            return;
        }

        if (listed.Count == 0) Console.WriteLine("nothing was attested of this model");
        foreach (var one in listed)
        {
            var made = DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(one.Time, 253_402_300_799UL));
            Console.WriteLine($"{one.Kind,-14} {one.Standing,-9} {one.Uid}  by {one.Attester.ToChecksumString()}, {made:yyyy-MM-dd}{(one.OnChain ? string.Empty : ", off chain")}");
            if (one.Why is { Length: > 0 } why) Console.WriteLine($"               {why}");
            if (checks.TryGetValue(one.Uid, out var check)) Console.WriteLine($"               {check}");
        }
    }
}
