using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Tests.Nethereum;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using static OpenSettle.Ethereum.Tests.Attestations.SdkVectors;

namespace OpenSettle.Ethereum.Tests.Attestations;

/// <summary>Off-chain attestations as files: those of EAS's own SDK, ours, and damaged ones.</summary>
public sealed class OffchainFileTests
{
    [Fact]
    public async Task File_OfTheSdk_IsWhatThisSignsOfTheSame()
    {
        var read = Parsed(Offchain(2));
        using var signer = Signer();
        var message = new OffchainMessage(
            Schemas[StatementKind.Evaluation], Evaluation.Recipient, Number(Root, "time"), Evaluation.ExpirationTime, Revocable: true, Evaluation.RefUid, Evaluation.Data, Keccak256.HashText("salt"));
        var signed = await OffchainAttestation.SignAsync(signer, new OffchainDomain("1.3.0", ChainId, Service), message, CancellationToken.None);
        Assert.Equal(Samples.Print(signed), Samples.Print(read));
        Assert.Equal(signed.Uid, read.Uid);
    }

    [Fact]
    public void File_WrittenAndRead_IsTheSame()
    {
        var given = Parsed(Offchain(2));
        Assert.Equal(Samples.Print(given), Samples.Print(Parsed(OffchainFile.Write(given))));
    }

    [Theory]
    [InlineData(0, "EAS's legacy form")]
    [InlineData(1, "version 1")]
    public void File_OfAnOlderVersion_IsRefusedByName(int version, string name)
    {
        var (read, problem) = OffchainFile.Parse(Offchain(version));
        Assert.Null(read);
        Assert.Contains(name, problem, StringComparison.Ordinal);
        Assert.Contains("only version 2 is taken", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_AsJsonHasThem_AreTakenToo()
    {
        var text = System.Text.Encoding.UTF8.GetString(Offchain(2)).Replace("\"time\": \"1800000000\"", "\"time\": 1800000000", StringComparison.Ordinal).Replace("\"chainId\": \"31337\"", "\"chainId\": 31337", StringComparison.Ordinal);
        Assert.NotEqual(System.Text.Encoding.UTF8.GetString(Offchain(2)), text);
        Assert.Equal(Samples.Print(Parsed(Offchain(2))), Samples.Print(Parsed(System.Text.Encoding.UTF8.GetBytes(text))));
    }

    [Theory]
    [InlineData("\"uint16\"", "\"uint32\"", "'types.Attest' has not the fields")]
    [InlineData("\"EAS Attestation\"", "\"Other\"", "'domain.name'")]
    [InlineData("\"primaryType\": \"Attest\"", "\"primaryType\": \"Attestation\"", "'primaryType'")]
    [InlineData("\"time\": \"1800000000\"", "\"time\": \"18446744073709551616\"", "'time' is not a whole number")]
    [InlineData("\"time\": \"1800000000\"", "\"time\": 1.8e9", "'time' is not a whole number")]
    [InlineData("\"time\": \"1800000000\"", "\"time\": -1", "'time' is not a whole number")]
    [InlineData("\"revocable\": true", "\"revocable\": 1", "'revocable' is neither")]
    [InlineData("\"revocable\": true", "\"revocable\": true, \"revocable\": false", "says something twice")]
    [InlineData("\"signer\": \"0x", "\"signer\": \"1x", "'signer' is not an address")]
    [InlineData("\"data\": \"0x", "\"data\": \"0x0", "'data' is not 0x and whole bytes")]
    [InlineData("\"version\": \"1.3.0\"", "\"version\": \"\"", "'domain.version'")]
    [InlineData("\"version\": \"1.3.0\"", "\"version\": \"\\ud800\"", "half a character")]
    public void File_WithAFault_IsRefusedByItsName(string from, string to, string problem)
    {
        var text = System.Text.Encoding.UTF8.GetString(Offchain(2));
        var at = text.LastIndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, from);
        Assert.Contains(problem, OffchainFile.Parse(System.Text.Encoding.UTF8.GetBytes(text[..at] + to + text[(at + from.Length)..])).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void File_BeyondTheLimit_IsNotRead() => Assert.Contains("at most", OffchainFile.Parse(new byte[OffchainFile.MostBytes + 1]).Problem, StringComparison.Ordinal);

    [Fact]
    public void Files_ThatAreDamaged_AreRefusedOrSayTheSameOnceMore()
    {
        var (random, whole) = (new Random(9), Offchain(2));
        var refused = 0;
        for (var round = 0; round < 5000; round++)
        {
            var (read, problem) = OffchainFile.Parse(Damage.Of(random, whole));
            Assert.True(read is null != problem is null, "Neither read nor refused.");
            if (read is null) refused++;
            else Assert.Equal(Samples.Print(read), Samples.Print(Parsed(OffchainFile.Write(read))));
        }

        Assert.True(refused > 2000, $"Only {refused} were refused: they were hardly damaged.");
    }

    private static OffchainAttestation Parsed(byte[] file)
    {
        var (read, problem) = OffchainFile.Parse(file);
        Assert.Null(problem);
        return read ?? throw new InvalidOperationException("A file is read, or refused.");
    }
}
