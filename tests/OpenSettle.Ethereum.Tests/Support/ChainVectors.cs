using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>What another implementation signed: tests/vectors/chain.json.</summary>
internal static class ChainVectors
{
    private static readonly JsonElement Root = Load();

    public static IReadOnlyList<SignedVector> Transactions { get; } = [.. Root.GetProperty("transactions").EnumerateArray().Select(ReadTransaction)];

    public static IReadOnlyList<ProposalVector> Proposals { get; } = [.. Root.GetProperty("proposals").EnumerateArray().Select(ReadProposal)];

    private static SignedVector ReadTransaction(JsonElement vector)
    {
        var to = vector.GetProperty("to");
        var request = new TransactionRequest(
            Number(vector, "chainId"),
            Number(vector, "nonce"),
            UInt256.Parse(Text(vector, "maxPriorityFeePerGas")),
            UInt256.Parse(Text(vector, "maxFeePerGas")),
            Number(vector, "gasLimit"),
            to.ValueKind == JsonValueKind.Null ? null : Address.Parse(Text(vector, "to")),
            UInt256.Parse(Text(vector, "value")),
            Hex.Decode(Text(vector, "data")));
        return new SignedVector(
            Hash32.Parse(Text(vector, "privateKey")), Address.Parse(Text(vector, "from")), request, Text(vector, "raw"), Hash32.Parse(Text(vector, "hash")));
    }

    private static ProposalVector ReadProposal(JsonElement vector)
    {
        var message = vector.GetProperty("message");
        var totals = message.GetProperty("totals").EnumerateArray()
            .Select(total => new TokenTotal(Address.Parse(Text(total, "token")), UInt256.Parse(Text(total, "total"))));
        var proposal = new Proposal(
            Number(message, "epoch"),
            (uint)Number(message, "attempt"),
            (uint)Number(message, "attestorSet"),
            Hash32.Parse(Text(message, "previousRoot")),
            Hash32.Parse(Text(message, "root")),
            Hash32.Parse(Text(message, "pushRoot")),
            Hash32.Parse(Text(message, "recordRoot")),
            Hash32.Parse(Text(message, "bundleHash")),
            Number(message, "lastBlock"),
            Hash32.Parse(Text(message, "lastBlockHash")),
            [.. totals],
            [.. message.GetProperty("revoked").EnumerateArray().Select(key => Hash32.Parse(key.GetString() ?? string.Empty))],
            Text(message, "bundleUri"));
        var signatures = vector.GetProperty("signatures").EnumerateArray()
            .Select(signature => new SignatureVector(
                Hash32.Parse(Text(signature, "privateKey")), Address.Parse(Text(signature, "signer")), Text(signature, "signature")));
        var domain = vector.GetProperty("domain");
        return new ProposalVector(
            Number(domain, "chainId"), Address.Parse(Text(domain, "verifyingContract")), proposal, Text(vector, "encoded"), Hash32.Parse(Text(vector, "digest")),
            Hash32.Parse(Text(vector.GetProperty("record"), "hash")), [.. signatures]);
    }

    private static ulong Number(JsonElement parent, string field)
    {
        var value = parent.GetProperty(field);
        return value.ValueKind == JsonValueKind.Number ? value.GetUInt64() : (ulong)UInt256.Parse(value.GetString());
    }

    private static string Text(JsonElement parent, string field)
    {
        var value = parent.GetProperty(field);
        return value.ValueKind == JsonValueKind.String ? value.GetString() ?? string.Empty : value.GetRawText();
    }

    private static JsonElement Load()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "chain.json")));
        return document.RootElement.Clone();
    }
}

internal sealed record SignedVector(Hash32 PrivateKey, Address From, TransactionRequest Request, string Raw, Hash32 Hash);

internal sealed record SignatureVector(Hash32 PrivateKey, Address Signer, string Signature);

internal sealed record ProposalVector(
    ulong ChainId, Address Vault, Proposal Proposal, string Encoded, Hash32 Digest, Hash32 RecordHash, IReadOnlyList<SignatureVector> Signatures);
