using System.Globalization;
using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Governing;

/// <summary>What attestors signed so that the governor may schedule another guardian. Each signature proves whose it is, and is good for one change.</summary>
/// <param name="AttestorSet">The set of which the signers are members.</param>
/// <param name="Nonce">The vault counts it up with each change of the guardian that is scheduled.</param>
internal sealed record GuardianFile(ulong ChainId, Address Vault, Address Guardian, uint AttestorSet, UInt256 Nonce, IReadOnlyList<AttestorSignature> Signatures)
{
    public const int MostBytes = 1024 * 1024;

    private const string Kind = "opensettle-guardian-change";
    private const int Version = 1;

    private static readonly JsonSerializerOptions Written = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    public Hash32 Digest => GuardianChangeTypedData.Of(ChainId, Vault, Guardian, AttestorSet, Nonce).Digest();

    public byte[] ToBytes()
    {
        var document = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [Kind] = Version,
            ["chainId"] = ChainId.ToString(CultureInfo.InvariantCulture),
            ["vault"] = Vault.ToChecksumString(),
            ["guardian"] = Guardian.ToChecksumString(),
            ["attestorSet"] = AttestorSet,
            ["nonce"] = Nonce.ToString(),
            ["signatures"] = Signatures.Select(signature => new Dictionary<string, string>(StringComparer.Ordinal) { ["attestor"] = signature.Signer.ToChecksumString(), ["signature"] = Hex.Encode(signature.Data.Span) }),
        };
        return [.. JsonSerializer.SerializeToUtf8Bytes(document, Written), (byte)'\n'];
    }

    /// <summary>Reads a file; whether its signatures are good, the digest says.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static GuardianFile Parse(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.GetProperty(Kind).GetInt32() != Version) throw new FormatException("it is of another version of this program");
            return new GuardianFile(
                ulong.Parse(Text(root, "chainId"), NumberStyles.None, CultureInfo.InvariantCulture), Address.Parse(Text(root, "vault")), Address.Parse(Text(root, "guardian")),
                root.GetProperty("attestorSet").GetUInt32(), UInt256.Parse(Text(root, "nonce")),
                [.. root.GetProperty("signatures").EnumerateArray().Select(signature => new AttestorSignature(Address.Parse(Text(signature, "attestor")), Hex.Decode(Text(signature, "signature"))))]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or OverflowException or FormatException)
        {
            throw new FormatException($"it is not what 'opensettle govern guardian sign' writes: {e.Message}", e);
        }
    }

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? throw new FormatException($"{name} is empty");
}
