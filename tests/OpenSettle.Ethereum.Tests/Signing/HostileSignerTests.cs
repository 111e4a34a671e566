using OpenSettle.Ethereum.Builtin;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Signing;

/// <summary>A signer that errs or lies: nothing that it says is handed on, and the error says what was wrong.</summary>
public sealed class HostileSignerTests
{
    private const int Rounds = 20_000;

    private static readonly UInt256 CurveOrder =
        UInt256.FromBigEndian(Hex.Decode("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));

    private static readonly TransactionRequest Payment = new(
        31337, 7, 1_000_000_000, 30_000_000_000, 60_000, Address.Parse("0x627306090abab3a6e1400e9345bc60c78a8bef57"), 1_000, new byte[] { 0xa9, 0x05, 0x9c, 0xbb });

    private static readonly TypedData Mail = new(
        new TypedDataDomain("OpenSettle", "1", 31337, Address.Zero), [new TypedStruct("Mail", [new("text", "string")])], new TypedValue.Struct("pay"));

    public static TheoryData<string> ChangedFields => [.. Changes.Keys];

    private static readonly Dictionary<string, TransactionRequest> Changes = new(StringComparer.Ordinal)
    {
        ["chainId"] = Payment with { ChainId = 1 },
        ["nonce"] = Payment with { Nonce = 8 },
        ["maxPriorityFeePerGas"] = Payment with { MaxPriorityFeePerGas = 1_000_000_001 },
        ["maxFeePerGas"] = Payment with { MaxFeePerGas = UInt256.MaxValue },
        ["gas"] = Payment with { GasLimit = 60_001 },
        ["to"] = Payment with { To = Address.Parse("0x627306090abab3a6e1400e9345bc60c78a8bef58") },
        ["value"] = Payment with { Value = 1_001 },
        ["data"] = Payment with { Data = new byte[] { 0xa9, 0x05, 0x9c, 0xbc } },
    };

    [Theory]
    [MemberData(nameof(ChangedFields))]
    public async Task Transaction_WithOneFieldChanged_IsRefusedByThatField(string field)
    {
        var other = await SignerStub.Key.SignTransactionAsync(Changes[field], CancellationToken.None);
        await RefusedAsync(SignerStub.Result(other.Raw), $"the signed transaction has another '{field}' than was asked for.");
    }

    [Fact]
    public async Task Transaction_ThatIsSomethingElse_IsRefused()
    {
        var signed = await SignerStub.Key.SignTransactionAsync(Payment, CancellationToken.None);
        byte[] raw = signed.Raw.ToArray();
        await RefusedAsync(SignerStub.Result((await SignerStub.AnotherKey.SignTransactionAsync(Payment, CancellationToken.None)).Raw), $"not that of {SignerStub.Key.Address}");
        await RefusedAsync(SignerStub.Result((await SignerStub.Key.SignTransactionAsync(Payment with { To = null }, CancellationToken.None)).Raw), "another 'to'");
        await RefusedAsync(SignerStub.Result((await SignerStub.Key.SignTransactionAsync(Payment with { Data = default }, CancellationToken.None)).Raw), "another 'data'");
        await RefusedAsync(SignerStub.Result(Array.Empty<byte>()), "not an EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result(new byte[] { 2 }), "not a signed EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result(raw.AsMemory(1)), "not an EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result(raw.AsMemory(0, raw.Length - 1)), "not a signed EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result((byte[])[1, .. raw.AsSpan(1)]), "not an EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result((byte[])[3, .. raw.AsSpan(1)]), "not an EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result((byte[])[.. raw, 0]), "not a signed EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result(signed.Hash.ToArray()), "not an EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result(Legacy()), "not an EIP-1559 transaction");
    }

    [Fact]
    public async Task Transaction_InAnotherShape_IsRefused()
    {
        var items = Items((await SignerStub.Key.SignTransactionAsync(Payment, CancellationToken.None)).Raw.ToArray());
        await RefusedAsync(SignerStub.Result(Rebuilt(items[..9])), "not a signed EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result(Rebuilt([.. items, [0x80]])), "not a signed EIP-1559 transaction");
        await RefusedAsync(SignerStub.Result(Rebuilt([.. Enumerable.Repeat<byte[]>([0x01], 70_000)])), "not a signed EIP-1559 transaction");
        // One entry of an access list: an address without slots.
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 8, [0xd7, 0xd6, 0x94, .. new byte[20], 0xc0]))), "another 'accessList'");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 8, [0x80]))), "another 'accessList'");
        // The same number with a zero before it, and in a longer form: another hash, and no node takes them.
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 1, [0x82, 0x00, 0x07]))), "another 'nonce'");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 1, [0x81, 0x07]))), "another 'nonce'");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 10, [0xb8, 0x20, .. items[10].AsSpan(1)]))), "not in its one valid encoding");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 10, [0xe0, .. items[10].AsSpan(1)]))), "not in its one valid encoding");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 10, [0xa1, 0x00, .. items[10].AsSpan(1)]))), "the signature's r has 33 bytes");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 11, [0xb8, 0xff, .. new byte[255]]))), "the signature's s has 255 bytes");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 9, [0x02]))), "parity");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 9, [0x1b]))), "parity");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 9, [0x82, 0x00, 0x01]))), "parity");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 9, [0x81, 0x00]))), "not in its one valid encoding");
        await RefusedAsync(SignerStub.Result(Rebuilt(With(items, 9, [0x00]))), "not in its one valid encoding");
    }

    [Fact]
    public async Task Signature_ThatIsNoneOrNotTheAccounts_IsRefused()
    {
        var key = (IDigestSigner)SignerStub.Key;
        var valid = key.SignDigest(TypedTransaction.SigningHash(Payment));
        var highS = new RecoverableSignature(valid.R, Word(CurveOrder - UInt256.FromBigEndian(valid.S.ToArray())), (byte)(55 - valid.V));
        (RecoverableSignature Signature, string Words)[] wrong =
        [
            (highS, "not the lower one of two"),
            (valid with { R = Hash32.Zero }, "r or s is out of range"),
            (valid with { S = Hash32.Zero }, "r or s is out of range"),
            (valid with { R = Word(UInt256.MaxValue) }, "r or s is out of range"),
            (valid with { S = Word(CurveOrder) }, "r or s is out of range"),
            (valid with { V = (byte)(55 - valid.V) }, "not that of"),
            (key.SignDigest(Keccak256.HashText("something else")), "not that of"),
        ];
        foreach (var (signature, words) in wrong)
        {
            await RefusedAsync(SignerStub.Result(TypedTransaction.Encode(Payment, signature)), words);
            await RefusedAsync(SignerStub.Result(signature.ToArray()), words, Mail);
        }
    }

    [Fact]
    public async Task TypedData_SignedOtherwise_AreRefused()
    {
        var valid = (await SignerStub.Key.SignTypedDataAsync(Mail, CancellationToken.None)).ToArray();
        var elsewhere = Mail with { Domain = Mail.Domain with { ChainId = 1 } };
        var otherwise = Mail with { Message = new TypedValue.Struct("pay more") };
        await RefusedAsync(SignerStub.Result((await SignerStub.AnotherKey.SignTypedDataAsync(Mail, CancellationToken.None)).ToArray()), $"not that of {SignerStub.Key.Address}", Mail);
        await RefusedAsync(SignerStub.Result((await SignerStub.Key.SignTypedDataAsync(elsewhere, CancellationToken.None)).ToArray()), "not that of", Mail);
        await RefusedAsync(SignerStub.Result((await SignerStub.Key.SignTypedDataAsync(otherwise, CancellationToken.None)).ToArray()), "not that of", Mail);
        await RefusedAsync(SignerStub.Result(Array.Empty<byte>()), "the signature has 0 bytes, not 65", Mail);
        await RefusedAsync(SignerStub.Result(valid.AsMemory(0, 64)), "the signature has 64 bytes, not 65", Mail);
        await RefusedAsync(SignerStub.Result((byte[])[.. valid, 0]), "the signature has 66 bytes, not 65", Mail);
        foreach (byte v in (byte[])[2, 26, 29, 37, 255]) await RefusedAsync(SignerStub.Result((byte[])[.. valid.AsSpan(0, 64), v]), "v is none of 0, 1, 27 and 28", Mail);
        // v, r, s: the order of some other tools.
        await RefusedAsync(SignerStub.Result((byte[])[valid[64], .. valid.AsSpan(0, 64)]), string.Empty, Mail);
    }

    [Theory]
    [InlineData("\"result\":null")]
    [InlineData("\"result\":true")]
    [InlineData("\"result\":7")]
    [InlineData("\"result\":[]")]
    [InlineData("\"result\":{}")]
    [InlineData("\"result\":{\"raw\":null}")]
    [InlineData("\"result\":{\"raw\":{\"raw\":\"0x02\"}}")]
    [InlineData("\"result\":{\"raw\":7,\"tx\":{}}")]
    [InlineData("\"result\":\"\"")]
    [InlineData("\"result\":\"0x\"")]
    [InlineData("\"result\":\"0x0\"")]
    [InlineData("\"result\":\"0xzz\"")]
    [InlineData("\"result\":\"02f86482\"")]
    [InlineData("\"result\":\"0x02c0\"")]
    [InlineData("\"result\":\"0x02ff\"")]
    [InlineData("\"result\":\"0x02ffffffffffffffffff\"")]
    [InlineData("\"result\":\"0x02f9ffff\"")]
    [InlineData("\"result\":\"0x02bfffffffffffffffff\"")]
    [InlineData("\"result\":\"\\ud800\"")]
    [InlineData("\"nothing\":1")]
    public async Task Garbage_InPlaceOfSignedBytes_IsRefused(string outcome)
    {
        await RefusedAsync(outcome, string.Empty);
        await RefusedAsync(outcome, string.Empty, Mail);
    }

    [Fact]
    public async Task Garbage_OfTenMegabytes_IsRefusedWithoutBeingShown()
    {
        const int Size = 10 * 1024 * 1024;
        await RefusedAsync($"\"result\":\"0x{new string('f', Size)}\"", "not an EIP-1559 transaction");
        await RefusedAsync($"\"result\":\"0x02{new string('0', Size)}\"", "not a signed EIP-1559 transaction");
        await RefusedAsync($"\"result\":\"0x02fa4fffff{new string('0', Size - 10)}\"", "not a signed EIP-1559 transaction");
        await RefusedAsync($"\"result\":\"0x{new string('f', Size)}\"", "bytes, not 65", Mail);
        await RefusedAsync($"\"result\":\"0x{new string('g', Size)}\"", "hexadecimal", Mail);
    }

    /// <summary>Right answers with a few bytes changed: none passes but the right one.</summary>
    [Fact]
    public async Task Answers_Damaged_AreRefusedAsChainException()
    {
        var curve = new BuiltinProvider(TimeProvider.System);
        var reply = new SignedReply(new ReplyReader("http://signer", "eth_signTransaction"), SignerStub.Key.Address, curve);
        var right = (await SignerStub.Key.SignTransactionAsync(Payment, CancellationToken.None)).Raw.ToArray();
        var signature = (await SignerStub.Key.SignTypedDataAsync(Mail, CancellationToken.None)).ToArray();
        var digest = Mail.Digest();
        var random = new Random(20261121);
        var refusals = new HashSet<string>();
        for (var round = 0; round < Rounds; round++)
        {
            var (raw, bytes) = (Damaged(random, right), Damaged(random, signature));
            refusals.Add(Refusal(() => reply.Transaction(Payment, raw), raw.AsSpan().SequenceEqual(right)));
            // A parity in place of v says the same, and is no damage.
            var harmless = bytes.Length == 65 && bytes.AsSpan(0, 64).SequenceEqual(signature.AsSpan(0, 64)) && (bytes[64] == signature[64] || bytes[64] == signature[64] - 27);
            refusals.Add(Refusal(() => reply.Signature(digest, bytes), harmless));
        }

        // All the ways to be wrong were seen: fields, shape, encoding, range, another signer, and the few that were no damage.
        Assert.True(refusals.Count >= 15, string.Join('\n', refusals));
    }

    /// <summary>The same through the whole way that an answer takes, its text being what is damaged.</summary>
    [Fact]
    public async Task Answers_DamagedAsText_AreRightOrRefusedAsChainException()
    {
        string[] splices = ["null", "{", "}", "[", "]", "\"", ",", ":", "\\u0030", "\\ud800", "\"raw\":", "\"result\":", "\"error\":", "0x", "\0", "é"];
        var payment = await SignerStub.Key.SignTransactionAsync(Payment, CancellationToken.None);
        var mail = await SignerStub.Key.SignTypedDataAsync(Mail, CancellationToken.None);
        var random = new Random(20261122);
        using var stub = new SignerStub(request =>
        {
            var right = SignerStub.MethodOf(request) == "eth_signTransaction" ? $$$"""{"raw":"{{{Hex.Encode(payment.Raw.Span)}}}","tx":{"type":"0x2"}}""" : $"\"{Hex.Encode(mail.ToArray())}\"";
            var text = $"\"result\":{right}";
            var at = random.Next(text.Length);
            return random.Next(3) == 0
                ? text.Remove(at, Math.Min(random.Next(1, 9), text.Length - at))
                : text.Insert(random.Next(2) == 0 ? at : Math.Min(at, 12), splices[random.Next(splices.Length)]);
        });
        using var signer = await stub.ConnectAsync();
        var refused = 0;
        for (var round = 0; round < 1_000; round++)
        {
            try
            {
                if (round % 2 == 0) Assert.Equal(payment.Hash, (await signer.SignTransactionAsync(Payment, CancellationToken.None)).Hash);
                else Assert.Equal(mail, await signer.SignTypedDataAsync(Mail, CancellationToken.None));
            }
            catch (ChainException failure)
            {
                Assert.StartsWith($"{signer.Endpoint}: eth_sign", failure.Message);
                refused++;
            }
        }

        // An escaped digit is the same digit, and two damaged answers may be followed by a harmless one: those are right.
        Assert.InRange(refused, 500, 999);
    }

    private static string Refusal(Action check, bool isRight)
    {
        var failure = Record.Exception(check);
        if (isRight) Assert.Null(failure);
        else Assert.Equal(ChainErrorKind.BadReply, Assert.IsType<ChainException>(failure).Kind);
        return failure?.Message ?? "taken";
    }

    private static byte[] Damaged(Random random, byte[] right)
    {
        var bytes = right.ToList();
        for (var change = random.Next(1, 3); change > 0 && bytes.Count > 0; change--)
        {
            // The headers of the lists and items are worth more tries than the rest.
            var at = random.Next(random.Next(2) == 0 ? bytes.Count : Math.Min(12, bytes.Count));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 4), bytes.Count - at));
                    break;
                case 3:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes[random.Next(bytes.Count)] = bytes[at];
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Signs the payment (or the data) with a signer that answers so, and expects a refusal of its own method that shows nothing it said.</summary>
    private static async Task RefusedAsync(string outcome, string words, TypedData? data = null)
    {
        using var stub = new SignerStub(_ => outcome);
        using var signer = await stub.ConnectAsync();
        var failure = await Assert.ThrowsAsync<ChainException>(async () =>
        {
            if (data is null) await signer.SignTransactionAsync(Payment, CancellationToken.None);
            else await signer.SignTypedDataAsync(data, CancellationToken.None);
        });
        var method = data is null ? "eth_signTransaction" : "eth_signTypedData";
        Assert.Equal(ChainErrorKind.BadReply, failure.Kind);
        Assert.StartsWith($"{signer.Endpoint}: {method}: ", failure.Message);
        Assert.Contains(words, failure.Message);
        Assert.True(failure.Message.Length < 300, failure.Message);
    }

    private static byte[] Legacy()
    {
        var fields = new RlpList().Integer(Payment.Nonce).Integer(Payment.MaxFeePerGas).Integer(Payment.GasLimit).Account(Payment.To).Integer(Payment.Value).Bytes(Payment.Data.Span);
        return fields.Integer(Payment.ChainId * 2 + 35).Bytes(new byte[] { 1, 2, 3 }).Bytes(new byte[] { 4, 5, 6 }).ToArray();
    }

    private static byte[][] Items(byte[] raw)
    {
        Assert.True(RlpItems.TryRead(raw.AsMemory(1), 12, out var items));
        return [.. items.Select(item => item.ToArray())];
    }

    private static byte[][] With(byte[][] items, int at, byte[] item) => [.. items[..at], item, .. items[(at + 1)..]];

    private static byte[] Rebuilt(byte[][] items)
    {
        byte[] payload = [.. items.SelectMany(item => item)];
        return payload.Length < 256
            ? [2, 0xf8, (byte)payload.Length, .. payload]
            : [2, 0xfa, (byte)(payload.Length >> 16), (byte)((payload.Length >> 8) & 255), (byte)(payload.Length & 255), .. payload];
    }

    private static Hash32 Word(UInt256 value)
    {
        var bytes = new byte[32];
        value.WriteBigEndian(bytes);
        return Hash32.FromBytes(bytes);
    }
}
