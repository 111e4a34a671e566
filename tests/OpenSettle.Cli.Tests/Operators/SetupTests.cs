using OpenSettle.Cli.Screen;
using OpenSettle.Cli.Setup;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Tests.Operators;

public sealed class SetupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-init-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Init_NobodyToAsk_SaysAllThatIsMissing()
    {
        var (code, _, errors) = await CannedNode.RunAloneAsync(string.Empty, "init", Path.Combine(_folder, "new"), "--listen", "http://127.0.0.1:1");
        Assert.Equal(2, code);
        foreach (var key in new[] { "--rpc", "--deployment", "--epoch-seconds", "--operator-key", "--attestor-keys" }) Assert.Contains(key, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("--listen", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Init_SettingsThatAreThere_AreNotWrittenOver()
    {
        var file = Path.Combine(_folder, "settings.json");
        await File.WriteAllTextAsync(file, "{}");
        var (code, _, errors) = await CannedNode.RunAloneAsync(string.Empty, "init", _folder, "--yes");
        Assert.Equal(2, code);
        Assert.Contains("--force", errors, StringComparison.Ordinal);
        Assert.Equal("{}", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Init_InputThatEndsInTheMiddle_WritesNothing()
    {
        var (code, _, errors) = await CannedNode.RunAloneAsync("ftp://nowhere\n", "init", Path.Combine(_folder, "new"), "--ask");
        Assert.Equal(2, code);
        // A wrong answer is told, and asked for again.
        Assert.Equal(2, errors.Split("rpc: endpoints of the chain, with commas between [").Length - 1);
        Assert.Contains("is not an http:// or https:// address", errors, StringComparison.Ordinal);
        Assert.Contains("the input ended", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_StoppedBeforeTheyArePlaced_LeaveNothing(bool isThere)
    {
        var target = Path.Combine(_folder, "node");
        if (isThere) Directory.CreateDirectory(target);
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        Assert.Throws<OperationCanceledException>(() => SetupFiles.Write(Plan(target), force: false, stopped.Token));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
        Assert.Equal(isThere ? [target] : [], Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Files_Placed_AreForTheirOwnerAlone(bool isThere)
    {
        var target = Path.Combine(_folder, "node");
        if (isThere) Directory.CreateDirectory(target);
        SetupFiles.Write(Plan(target), force: false, CancellationToken.None);
        string[] files = [SetupFiles.KeyFile(target, "operator.json"), SetupFiles.PasswordFile(target), SetupFiles.SettingsOf(target)];
        Assert.Equal(files.Order(StringComparer.Ordinal), Directory.GetFiles(target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.Equal("{\n  \"epochSeconds\": \"60\"\n}\n", File.ReadAllText(files[2]));
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in files) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void Files_WithKeysThatAreThere_LeaveThemWhateverIsForced()
    {
        var target = Path.Combine(_folder, "node");
        SetupFiles.Write(Plan(target) with { Password = null }, force: false, CancellationToken.None);
        var before = File.ReadAllText(SetupFiles.KeyFile(target, "operator.json"));
        Assert.Throws<VerbException>(() => SetupFiles.RequireNoKeys(target, ["operator.json"]));
        // Somebody put it there while questions were asked.
        Assert.Throws<VerbException>(() => SetupFiles.Write(Plan(target) with { Password = null, Keys = [("operator.json", "operator", new KeystoreText(Address.Zero, "another"))] }, force: true, CancellationToken.None));
        Assert.Equal(before, File.ReadAllText(SetupFiles.KeyFile(target, "operator.json")));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(target), entry => entry.Contains("partial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NewPassword_TypedTwice_HasToBeTheSame()
    {
        using var input = new StringReader("one\ntwo\nthree\nthree\n");
        using var output = new StringWriter();
        Assert.Equal("three", await new Questions(input, output, hides: false).AskNewSecretAsync("password", mayBeEmpty: false, CancellationToken.None));
        Assert.Contains("These two differ", output.ToString(), StringComparison.Ordinal);
    }

    private static SetupPlan Plan(string folder) => new(folder, [("epochSeconds", "60")])
    {
        Keys = [("operator.json", "operator", new KeystoreText(Address.Zero, "a keystore"))], Password = "secret",
    };
}
