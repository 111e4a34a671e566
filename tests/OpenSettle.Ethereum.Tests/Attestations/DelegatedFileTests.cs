using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using static OpenSettle.Ethereum.Tests.Attestations.SdkVectors;

namespace OpenSettle.Ethereum.Tests.Attestations;

/// <summary>Requests that one account signs and another sends, as files.</summary>
public sealed class DelegatedFileTests
{
    private static readonly CancellationToken Stop = CancellationToken.None;
    private static readonly EasDialect Dialect = new(ChainId, Service, DelegationForm.WithAttester, "1.3.0");

    [Fact]
    public async Task Request_WrittenAndRead_IsTheSameAndSignedByItsAttester()
    {
        foreach (var request in new[] { await AttestAsync(), await RevokeAsync() })
        {
            var read = Parsed(DelegatedFile.Write(request));
            Assert.Equal(Samples.Print(request), Samples.Print(read));
            Assert.Null(read.WrongSignature(Provider.Recover));
            Assert.Equal(Hex.Encode(request.Call().Data.Span), Hex.Encode(read.Call().Data.Span));
        }
    }

    [Fact]
    public async Task Request_ThatWasChanged_IsNotSignedByItsAttester()
    {
        var request = await AttestAsync();
        Assert.Equal($"request 1 is not signed by {Attester.ToChecksumString()}", (request with { Nonce = 6 }).WrongSignature(Provider.Recover));
        Assert.NotNull((request with { Deadline = 0 }).WrongSignature(Provider.Recover));
        Assert.NotNull((request with { Dialect = Dialect with { ChainId = 1 } }).WrongSignature(Provider.Recover));
        Assert.StartsWith("request 2 ", (request with { Items = [request.Items[0], request.Items[1] with { Schema = default }, request.Items[2]] }).WrongSignature(Provider.Recover), StringComparison.Ordinal);
        Assert.NotNull((await RevokeAsync() with { Nonce = 7 }).WrongSignature(Provider.Recover));
    }

    [Fact]
    public async Task Call_OfSeveral_KeepsTheOrderOfTheirNumbers()
    {
        var request = await AttestAsync();
        var call = Assert.IsType<Eas.MultiAttestByDelegationCall>(request.Call());
        Assert.Equal([1, 2], call.Groups.Select(group => group.Items.Count));
        Assert.Equal(request.Items.Select(item => item.Signed), call.Groups.SelectMany(group => group.Signatures));
    }

    [Fact]
    public async Task Files_ThatAreDamaged_AreRefusedOrSayTheSameOnceMore()
    {
        var random = new Random(11);
        var refused = 0;
        foreach (var whole in new[] { DelegatedFile.Write(await AttestAsync()), DelegatedFile.Write(await RevokeAsync()) })
        {
            for (var round = 0; round < 3000; round++)
            {
                var (read, problem) = DelegatedFile.Parse(Damage.Of(random, whole));
                Assert.True(read is null != problem is null, "Neither read nor refused.");
                if (read is null) refused++;
                else Assert.Equal(Samples.Print(read), Samples.Print(Parsed(DelegatedFile.Write(read))));
            }
        }

        Assert.True(refused > 2000, $"Only {refused} were refused: they were hardly damaged.");
        Assert.Contains("at most", DelegatedFile.Parse(new byte[DelegatedFile.MostBytes + 1]).Problem, StringComparison.Ordinal);
        Assert.Contains("does not begin", DelegatedFile.Parse("{}"u8.ToArray()).Problem, StringComparison.Ordinal);
    }

    private static async Task<DelegatedRequest> AttestAsync()
    {
        using var signer = Signer();
        var lineage = Schemas[StatementKind.Lineage];
        return await DelegatedRequest.SignAsync(signer, Dialect, [(Schemas[StatementKind.Evaluation], Evaluation), (lineage, Evaluation), (lineage, Evaluation)], 5, 1_850_000_000, Stop);
    }

    private static async Task<DelegatedRequest> RevokeAsync()
    {
        using var signer = Signer();
        return await DelegatedRequest.SignRevocationAsync(signer, Dialect, Schemas[StatementKind.Evaluation], Keccak256.HashText("uid"), 6, 0, Stop);
    }

    private static DelegatedRequest Parsed(byte[] file)
    {
        var (read, problem) = DelegatedFile.Parse(file);
        Assert.Null(problem);
        return read ?? throw new InvalidOperationException("A file is read, or refused.");
    }
}
