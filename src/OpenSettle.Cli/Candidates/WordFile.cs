using System.Text.Encodings.Web;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Candidates;

/// <summary>An attestor's word on a candidate, as a leader's API takes it: a signature of it, or a signed refusal.</summary>
/// <param name="Why">Why it is refused; null: it is signed.</param>
internal sealed record WordFile(Hash32 Digest, Address Attestor, string? Why, byte[] Signature)
{
    public const int MostBytes = 32 * 1024;

    private static readonly JsonSerializerOptions Written = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static WordFile Parse(string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            string Text(string name) => root.GetProperty(name).GetString() ?? throw new FormatException($"{name} is empty.");
            return new WordFile(
                Hash32.Parse(Text("digest")), Address.Parse(Text("attestor")), root.TryGetProperty("why", out var why) ? why.GetString() : null,
                Hex.TryDecode(Text("signature"), out byte[] signature) ? signature : throw new FormatException("its signature is not hexadecimal."));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new VerbException(ExitCode.Usage, $"word: {Inert.Of(path)} is no word on a candidate: {Inert.Of(e.Message)} Give what 'opensettle candidate sign' wrote.", e);
        }
    }

    public string ToText() => JsonSerializer.Serialize(Form(), Written) + "\n";

    public WordForm Form() => new(Digest.ToString(), Attestor.ToChecksumString(), Why, Hex.Encode(Signature));

    /// <param name="Why">Why the attestor refuses; null: it signs.</param>
    internal sealed record WordForm(string Digest, string Attestor, string? Why, string Signature);
}
