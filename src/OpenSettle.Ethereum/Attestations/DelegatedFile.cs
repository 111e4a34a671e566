using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>An attestation that was signed to be brought by another account.</summary>
public sealed record DelegatedItem(Hash32 Schema, EasItem Item, RecoverableSignature Signed);

/// <summary>A revocation that was signed to be brought by another account.</summary>
public sealed record DelegatedRevocation(Hash32 Schema, Hash32 Uid, RecoverableSignature Signed);

/// <summary>Requests that an attester signed, in the order of their numbers: what one account signs, and another sends.</summary>
/// <param name="Nonce">Of the first of them; each further one has the next.</param>
/// <param name="Deadline">In seconds; zero: none.</param>
/// <param name="Revocation">The one revocation, where it is not about attestations.</param>
public sealed record DelegatedRequest(
    EasDialect Dialect, Address Attester, UInt256 Nonce, ulong Deadline, IReadOnlyList<DelegatedItem> Items, DelegatedRevocation? Revocation)
{
    public static async Task<DelegatedRequest> SignAsync(
        ISigner signer, EasDialect dialect, IReadOnlyList<(Hash32 Schema, EasItem Item)> items, UInt256 nonce, ulong deadline, CancellationToken cancellation)
    {
        var signed = new List<DelegatedItem>(items.Count);
        foreach (var (schema, item) in items)
        {
            var data = DelegatedTypedData.Attest(dialect, signer.Address, schema, item, nonce + (ulong)signed.Count, deadline);
            signed.Add(new DelegatedItem(schema, item, await signer.SignTypedDataAsync(data, cancellation).ConfigureAwait(false)));
        }

        return new DelegatedRequest(dialect, signer.Address, nonce, deadline, signed, null);
    }

    public static async Task<DelegatedRequest> SignRevocationAsync(
        ISigner signer, EasDialect dialect, Hash32 schema, Hash32 uid, UInt256 nonce, ulong deadline, CancellationToken cancellation)
    {
        var data = DelegatedTypedData.Revoke(dialect, signer.Address, schema, uid, nonce, deadline);
        return new DelegatedRequest(
            dialect, signer.Address, nonce, deadline, [], new DelegatedRevocation(schema, uid, await signer.SignTypedDataAsync(data, cancellation).ConfigureAwait(false)));
    }

    /// <summary>The one call that brings all of it.</summary>
    public ContractCall Call()
    {
        if (Revocation is { } revocation) return Dialect.RevokeCall(revocation.Schema, revocation.Uid, revocation.Signed, Attester, Deadline);
        if (Items is [var one]) return Dialect.AttestCall(one.Schema, one.Item, one.Signed, Attester, Deadline);
        // Neighbours of one schema together: their order is that of their numbers.
        var groups = new List<EasDelegatedGroup>();
        for (var at = 0; at < Items.Count;)
        {
            var part = Items.Skip(at).TakeWhile(item => item.Schema == Items[at].Schema).ToList();
            groups.Add(new EasDelegatedGroup(part[0].Schema, [.. part.Select(item => item.Item)], [.. part.Select(item => item.Signed)], Attester, Deadline));
            at += part.Count;
        }

        return Dialect.AttestCall(groups);
    }

    /// <summary>The first signature that is not its attester's, in words; null where all are.</summary>
    /// <param name="recover">Whose key made a signature, see <see cref="IChainProvider.Recover"/>.</param>
    public string? WrongSignature(Func<Hash32, RecoverableSignature, Address?> recover)
    {
        for (var i = 0; i < Items.Count; i++)
        {
            var data = DelegatedTypedData.Attest(Dialect, Attester, Items[i].Schema, Items[i].Item, Nonce + (ulong)i, Deadline);
            if (recover(data.Digest(), Items[i].Signed) != Attester) return $"request {i + 1} is not signed by {Attester.ToChecksumString()}";
        }

        if (Revocation is { } revocation && recover(DelegatedTypedData.Revoke(Dialect, Attester, revocation.Schema, revocation.Uid, Nonce, Deadline).Digest(), revocation.Signed) != Attester)
            return $"the revocation is not signed by {Attester.ToChecksumString()}";
        return null;
    }
}

/// <summary>Signed requests as a file.</summary>
public static class DelegatedFile
{
    /// <summary>Most bytes of a file.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private const string Kind = "opensettle-delegated";
    private const int Version = 1;

    private static readonly JsonWriterOptions Written = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(DelegatedRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Written))
        {
            writer.WriteStartObject();
            writer.WriteNumber(Kind, Version);
            writer.WriteString("chainId", request.Dialect.ChainId.ToString(CultureInfo.InvariantCulture));
            writer.WriteString("eas", request.Dialect.Service.ToChecksumString());
            writer.WriteString("form", request.Dialect.Form.ToString());
            writer.WriteString("version", request.Dialect.Version);
            writer.WriteString("attester", request.Attester.ToChecksumString());
            writer.WriteString("nonce", request.Nonce.ToString());
            writer.WriteString("deadline", request.Deadline.ToString(CultureInfo.InvariantCulture));
            writer.WriteStartArray("attest");
            foreach (var item in request.Items) Write(writer, item);
            writer.WriteEndArray();
            if (request.Revocation is { } revocation)
            {
                writer.WriteStartObject("revoke");
                writer.WriteString("schema", revocation.Schema.ToString());
                writer.WriteString("uid", revocation.Uid.ToString());
                writer.WriteString("signature", Hex.Encode(revocation.Signed.ToArray()));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>What the file asks for, or what is wrong with it. Signatures are not checked here.</summary>
    public static (DelegatedRequest? Request, string? Problem) Parse(ReadOnlyMemory<byte> file)
    {
        if (file.Length > MostBytes) return (null, $"it has {file.Length} bytes, and at most {MostBytes} are read");
        try
        {
            using var document = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return (Read(document.RootElement), null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            return (null, "it is not a file of signed requests, or is damaged. 'opensettle attest … --delegated --out FILE' writes one");
        }
    }

    private static DelegatedRequest Read(JsonElement root)
    {
        if (!root.TryGetProperty(Kind, out var version) || version.GetInt32() != Version) throw new FormatException($"it does not begin with \"{Kind}\": {Version}");
        var form = Enum.GetValues<DelegationForm>().FirstOrDefault(form => form.ToString() == Text(root, "form"));
        if (form == DelegationForm.None) throw new FormatException("its form is not known");
        var dialect = new EasDialect(Number(root, "chainId"), Address.Parse(Text(root, "eas")), form, Text(root, "version"));
        var attest = root.GetProperty("attest");
        if (attest.GetArrayLength() > StatementDraft.MostAtOnce) throw new FormatException($"it has more than {StatementDraft.MostAtOnce} requests");
        DelegatedRevocation? revocation = root.TryGetProperty("revoke", out var revoke) ? new(Word(revoke, "schema"), Word(revoke, "uid"), Signature(revoke)) : null;
        DelegatedItem[] items = [.. attest.EnumerateArray().Select(ReadItem)];
        if (items.Length == 0 == (revocation is null)) throw new FormatException("it holds neither attestations alone nor one revocation alone");
        return new DelegatedRequest(
            dialect, Address.Parse(Text(root, "attester")), Number(root, "nonce"), Number(root, "deadline"), items, revocation);
    }

    private static void Write(Utf8JsonWriter writer, DelegatedItem item)
    {
        writer.WriteStartObject();
        writer.WriteString("schema", item.Schema.ToString());
        writer.WriteString("recipient", item.Item.Recipient.ToChecksumString());
        writer.WriteString("expirationTime", item.Item.ExpirationTime.ToString(CultureInfo.InvariantCulture));
        writer.WriteBoolean("revocable", item.Item.Revocable);
        writer.WriteString("refUID", item.Item.RefUid.ToString());
        writer.WriteString("data", Hex.Encode(item.Item.Data.Span));
        writer.WriteString("signature", Hex.Encode(item.Signed.ToArray()));
        writer.WriteEndObject();
    }

    private static DelegatedItem ReadItem(JsonElement item) => new(
        Word(item, "schema"),
        new EasItem(
            Address.Parse(Text(item, "recipient")), Number(item, "expirationTime"), item.GetProperty("revocable").GetBoolean(), Word(item, "refUID"), Hex.Decode(Text(item, "data"))),
        Signature(item));

    private static RecoverableSignature Signature(JsonElement parent)
    {
        Span<byte> bytes = stackalloc byte[2 * Hash32.Size + 1];
        if (!Hex.TryDecode(Text(parent, "signature"), bytes)) throw new FormatException("a signature is not 0x and 130 hexadecimal digits");
        return new RecoverableSignature(Hash32.FromBytes(bytes[..Hash32.Size]), Hash32.FromBytes(bytes[Hash32.Size..^1]), bytes[^1]);
    }

    private static Hash32 Word(JsonElement parent, string name) => Hash32.Parse(Text(parent, name));

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null");

    private static ulong Number(JsonElement parent, string name) => ulong.Parse(Text(parent, name), NumberStyles.None, CultureInfo.InvariantCulture);
}
