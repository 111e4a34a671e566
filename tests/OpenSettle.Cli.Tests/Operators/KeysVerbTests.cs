using System.Text.Json;

namespace OpenSettle.Cli.Tests.Operators;

public sealed class KeysVerbTests : IDisposable
{
    private const string Key = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
    private const string Owner = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    private const string Words = "test test test test test test test test test test test junk";

    private readonly string _folder = Directory.CreateTempSubdirectory("opensettle-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task New_Several_AreFilesOfTheirOwnThatOthersOpen()
    {
        var password = Write("password", " with a space, and ünicode \n");
        var (code, output, errors) = await RunAsync("keys", "new", "--count", "2", "--out", _folder + "/made/", "--key-password", $"file:{password}", "--json");
        Assert.Equal((0, string.Empty), (code, errors));
        using var made = JsonDocument.Parse(output);
        var keys = made.RootElement.GetProperty("keys").EnumerateArray().Select(key => (Account: key.GetProperty("account").GetString(), File: key.GetProperty("file").GetString() ?? string.Empty)).ToList();
        Assert.Equal(2, keys.Select(key => key.Account).Distinct(StringComparer.Ordinal).Count());
        foreach (var (account, file) in keys)
        {
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(account, await Ethers.RunAsync("open", file, " with a space, and ünicode "));
            (code, output, _) = await RunAsync("keys", "show", file, "--key-password", $"file:{password}");
            Assert.Equal(0, code);
            Assert.Contains($"{account}", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task New_OverAFileThatIsThere_IsRefusedAndLeavesIt()
    {
        var (password, there) = (Write("password", "x\n"), Write("there.json", "something else"));
        var (code, _, errors) = await RunAsync("keys", "new", "--out", there, "--key-password", $"file:{password}");
        Assert.Equal(2, code);
        Assert.Contains("is not written over", errors, StringComparison.Ordinal);
        Assert.Equal("something else", await File.ReadAllTextAsync(there));
    }

    [Fact]
    public async Task New_WithoutAPasswordAndNobodyToAsk_SaysHowToGiveOne()
    {
        var (code, _, errors) = await RunAsync("keys", "new", "--out", Path.Combine(_folder, "k.json"));
        Assert.Equal(2, code);
        Assert.Contains("keyPassword is not set", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task New_WithWords_ShowsThemOnceAndTheyGiveTheSameKeys()
    {
        var password = Write("password", "x\n");
        var (code, output, errors) = await RunAsync("keys", "new", "--mnemonic", "--count", "2", "--out", _folder + "/words/", "--key-password", $"file:{password}");
        Assert.Equal(0, code);
        var words = Assert.Single(errors.Split(Environment.NewLine), line => line.StartsWith("  ", StringComparison.Ordinal)).Trim();
        Assert.Equal(24, words.Split(' ').Length);
        Assert.DoesNotContain(words, output, StringComparison.Ordinal);
        var accounts = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]).ToList();
        for (var i = 0; i < accounts.Count; i++)
        {
            (_, output, _) = await CannedNode.RunAloneAsync(words, "keys", "import", "-", "--path", $"{i}", "--out", Path.Combine(_folder, $"again-{i}.json"), "--key-password", $"file:{password}");
            Assert.Contains(accounts[i], output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0x" + Key + "\n", "0")]
    [InlineData(Key, "0")]
    [InlineData(" " + Words + "\n", "1")]
    [InlineData(Words, "m/44'/60'/0'/0/1")]
    public async Task Import_EachForm_IsThatKeyInAKeystoreThatOthersOpen(string text, string path)
    {
        var (source, password, keystore) = (Write("source", text), Write("password", "secret\n"), Path.Combine(_folder, "in.json"));
        var (code, output, errors) = await RunAsync("keys", "import", source, "--path", path, "--out", keystore, "--key-password", $"file:{password}");
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains(Owner, output, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Owner, await Ethers.RunAsync("open", keystore, "secret"));
    }

    [Fact]
    public async Task Import_AKeystoreOfOthers_GetsOurPassword()
    {
        var (old, password) = (Write("old", "theirs\n"), Write("password", "ours\n"));
        var (source, keystore) = (Write("ethers.json", await Ethers.RunAsync("write", "0x" + Key, "theirs")), Path.Combine(_folder, "ours.json"));
        Assert.Equal(2, (await RunAsync("keys", "import", source, "--out", keystore, "--key-password", $"file:{password}")).Code);
        Assert.False(File.Exists(keystore));
        var (code, output, _) = await RunAsync("keys", "import", source, "--out", keystore, "--key-password", $"file:{password}", "--source-password", $"file:{old}");
        Assert.Equal(0, code);
        Assert.Contains(Owner, output, StringComparison.Ordinal);
        Assert.Equal(Owner, await Ethers.RunAsync("open", keystore, "ours"));
    }

    [Theory]
    [InlineData("0x12")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("test test test test test test test test test test test test")]
    [InlineData("{\"version\":3}")]
    [InlineData("")]
    public async Task Import_WhatIsNoKey_IsRefusedWithoutRepeatingIt(string text)
    {
        var (source, password, keystore) = (Write("source", text), Write("password", "secret\n"), Path.Combine(_folder, "in.json"));
        var (code, output, errors) = await RunAsync("keys", "import", source, "--out", keystore, "--key-password", $"file:{password}");
        Assert.Equal((2, string.Empty), (code, output));
        Assert.StartsWith("opensettle: source: ", errors, StringComparison.Ordinal);
        if (text.Length > 10) Assert.DoesNotContain(text, errors, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(keystore));
    }

    [Theory]
    [InlineData("0x" + Key)]
    [InlineData(Key)]
    [InlineData(Words)]
    public async Task Import_AKeyAsArgument_IsRefusedWithoutRepeatingIt(string key)
    {
        var (code, _, errors) = await RunAsync("keys", "import", key, "--key-password", $"file:{Write("password", "x\n")}");
        Assert.Equal(2, code);
        Assert.Contains("treat that key as known", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(key, errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Show_WrongPassword_SaysSo()
    {
        var keystore = Write("ethers.json", await Ethers.RunAsync("write", "0x" + Key, "right"));
        var (code, output, errors) = await RunAsync("keys", "show", keystore, "--key-password", $"file:{Write("password", "wrong\n")}");
        Assert.Equal((2, string.Empty), (code, output));
        Assert.Contains("The password is not this keystore's", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_FolderAndSettings_SaysWhoseTheyAre()
    {
        var keystore = Write("ethers.json", await Ethers.RunAsync("write", "0x" + Key, "right"));
        Write("notes.txt", "no keystore");
        var settings = Write("settings.json", $$"""{"operatorKey":"keystore:{{keystore}}","attestorKeys":"mnemonic:0, mnemonic:2","mnemonic":"{{Words}}","keyPassword":"right"}""");
        var (code, output, errors) = await RunAsync("keys", "list", _folder, "--config", settings, "--json");
        Assert.Equal((0, string.Empty), (code, errors));
        using var listed = JsonDocument.Parse(output);
        var file = Assert.Single(listed.RootElement.GetProperty("files").EnumerateArray());
        Assert.Equal((keystore, Owner), (file.GetProperty("file").GetString(), file.GetProperty("account").GetString()));
        Assert.Equal(
            [("operator", Owner), ("attestor", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), ("attestor", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")],
            listed.RootElement.GetProperty("keys").EnumerateArray().Select(key => (key.GetProperty("role").GetString(), key.GetProperty("account").GetString())));
        Assert.DoesNotContain("junk", output, StringComparison.Ordinal);

        (code, output, errors) = await RunAsync("keys", "list", "--config", settings, "--key-password", $"file:{Write("password", "wrong\n")}");
        Assert.Equal(2, code);
        Assert.Contains("operator   cannot be had", output, StringComparison.Ordinal);
        Assert.Contains("The password is not this keystore's", errors, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => CannedNode.RunAloneAsync(string.Empty, arguments);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
