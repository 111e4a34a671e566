using System.Text;
using OpenSettle.Cli.Governing;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Tests;

/// <summary>What is read and refused of a change before the chain is asked.</summary>
public sealed class GovernTests
{
    private static readonly Address A = Account(1), B = Account(2), C = Account(3), D = Account(4);
    private static readonly VaultState Vault = new(Account(10), Account(11), 1, [A, B, C], 2, 60, 0, 0, 0, []);

    [Fact]
    public void Attestors_AddedAndRemoved_KeepTheRestAndTheThreshold()
    {
        var next = GovernChecks.Attestors(Vault, [], [D], [A], null);
        Assert.Equal([B, C, D], next.Members);
        Assert.Equal(2U, next.Threshold);
        Assert.Equal([D], GovernChecks.Attestors(Vault, [D], [], [], 1).Members);
        Assert.Equal(3U, GovernChecks.Attestors(Vault, [], [], [], 3).Threshold);
        // The same ones in another order are another set to nobody.
        Refused("nothing would change", () => GovernChecks.Attestors(Vault, [C, A, B], [], [], 2));
    }

    [Fact]
    public void Attestors_ThatTheVaultWouldRefuse_AreNamed()
    {
        Refused("which attestors?", () => GovernChecks.Attestors(Vault, [], [], [], null));
        Refused("--set: it is the whole set", () => GovernChecks.Attestors(Vault, [A], [B], [], null));
        Refused("stands there twice", () => GovernChecks.Attestors(Vault, [D, D], [], [], 1));
        Refused("stands there twice", () => GovernChecks.Attestors(Vault, [], [D, D], [], null));
        Refused("is an attestor already", () => GovernChecks.Attestors(Vault, [], [A], [], null));
        Refused("is not an attestor", () => GovernChecks.Attestors(Vault, [], [], [D], null));
        Refused("0 of 3 attestors cannot sign", () => GovernChecks.Attestors(Vault, [], [], [], 0));
        Refused("2 of 1 attestors cannot sign", () => GovernChecks.Attestors(Vault, [], [], [A, B], null));
    }

    [Fact]
    public void Doubts_AreToldOfWhatTheVaultWouldTake()
    {
        Assert.Empty(GovernChecks.Doubts(Vault, new VaultChange.Attestors([A, B, D], 2)));
        Assert.Contains("One signature will be enough", string.Join(' ', GovernChecks.Doubts(Vault, new VaultChange.Attestors([A, B], 1))), StringComparison.Ordinal);
        Assert.Contains("Not more than half", Assert.Single(GovernChecks.Doubts(Vault, new VaultChange.Attestors([A, B, C, D], 2))), StringComparison.Ordinal);
        Assert.Contains("Fewer have to sign", Assert.Single(GovernChecks.Doubts(Vault with { Threshold = 3 }, new VaultChange.Attestors([A, B, C], 2))), StringComparison.Ordinal);
        Assert.Equal(2, GovernChecks.Doubts(Vault, new VaultChange.Attestors([A, Vault.Governor, Vault.Guardian], 2)).Count());
    }

    [Fact]
    public void Roles_OfOneAccount_AreRefused()
    {
        GovernChecks.RequireOther("governor", A, Vault.Governor, "guardian", Vault.Guardian);
        Refused("nothing would change", () => GovernChecks.RequireOther("governor", Vault.Governor, Vault.Governor, "guardian", Vault.Guardian));
        Refused("each of the two has to watch the other", () => GovernChecks.RequireOther("governor", Vault.Guardian, Vault.Governor, "guardian", Vault.Guardian));
    }

    [Theory]
    [InlineData("12.0", 12, 0)]
    [InlineData("1.4294967295", 1, uint.MaxValue)]
    public void Proposal_ByEpochAndAttempt_IsRead(string text, ulong epoch, uint attempt) => Assert.Equal((epoch, attempt), GovernChecks.Proposal(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("0.0")]
    [InlineData("12.0.0")]
    [InlineData("12.-1")]
    [InlineData("+12.0")]
    [InlineData("12.4294967296")]
    public void Proposal_ThatIsNone_IsRefused(string? text) => Refused("is not EPOCH.ATTEMPT", () => GovernChecks.Proposal(text));

    [Fact]
    public void Others_ThatAreNone_AreRefused()
    {
        Assert.Equal(60U, GovernChecks.Seconds("seconds", "60", 60));
        foreach (var text in (string?[])[null, "", "0", "61", "-1", "1.5", "1d"]) Refused("is not a number of seconds", () => GovernChecks.Seconds("seconds", text, 60));
        Assert.Equal(new ListedToken(A, 1000), GovernChecks.Token($"{A}:1000"));
        foreach (var text in (string[])[$"{A}", $"{A}:0", $"{A}:1.5", $"{A}:340282366920938463463374607431768211456"]) Refused("is not TOKEN:SMALLEST", () => GovernChecks.Token(text));
        foreach (var text in (string?[])[null, "", "0x12", Address.Zero.ToString()]) Refused("is not an account", () => GovernChecks.Account("address", text));
        foreach (var (name, kind) in GovernKinds.All) Assert.Equal((kind, name), (GovernKinds.Parse(name), GovernKinds.NameOf(kind)));
        Assert.Equal(Enum.GetValues<ChangeKind>().Order(), GovernKinds.All.Select(one => one.Kind).Order());
        Refused("is none of attestors, window", () => GovernKinds.Parse("Attestors"));
    }

    [Fact]
    public void File_ThatWasWritten_IsReadAsItWas()
    {
        var file = new GuardianFile(31337, A, B, 7, UInt256.Parse("340282366920938463463374607431768211456"), [new AttestorSignature(C, new byte[] { 1, 2, 3 }), new AttestorSignature(D, ReadOnlyMemory<byte>.Empty)]);
        var read = GuardianFile.Parse(file.ToBytes());
        Assert.Equal((file.ChainId, file.Vault, file.Guardian, file.AttestorSet, file.Nonce, file.Digest), (read.ChainId, read.Vault, read.Guardian, read.AttestorSet, read.Nonce, read.Digest));
        Assert.Equal(["0x010203", "0x"], read.Signatures.Select(signature => Hex.Encode(signature.Data.Span)));
        // Each part is signed.
        Assert.Equal(6, new[] { file, file with { ChainId = 1 }, file with { Vault = B }, file with { Guardian = A }, file with { AttestorSet = 8 }, file with { Nonce = 0 } }.Select(one => one.Digest).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"opensettle-guardian-change":2}""")]
    [InlineData("""{"opensettle-guardian-change":"1"}""")]
    [InlineData("""{"opensettle-guardian-change":1,"chainId":"1","vault":"0x12","guardian":"","attestorSet":1,"nonce":"0","signatures":[]}""")]
    [InlineData("""{"opensettle-guardian-change":1,"chainId":"1","vault":"0x0000000000000000000000000000000000000001","guardian":"0x0000000000000000000000000000000000000002","attestorSet":-1,"nonce":"0","signatures":[]}""")]
    [InlineData("""{"opensettle-guardian-change":1,"chainId":"1","vault":"0x0000000000000000000000000000000000000001","guardian":"0x0000000000000000000000000000000000000002","attestorSet":1,"nonce":"0","signatures":[{}]}""")]
    public void File_ThatIsNone_IsRefused(string text) =>
        Assert.Contains("opensettle govern guardian sign", Assert.Throws<FormatException>(() => GuardianFile.Parse(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);

    private static void Refused(string words, Action action) => Assert.Contains(words, Assert.Throws<VerbException>(action).Message, StringComparison.Ordinal);

    private static void Refused<T>(string words, Func<T> action) => Refused(words, () => { action(); });

    private static Address Account(byte last) => Address.FromBytes([.. new byte[Address.Size - 1], last]);
}
