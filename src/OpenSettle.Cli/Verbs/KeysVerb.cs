using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle keys: makes keystores, takes keys into them, and says whose keys the settings name. No key is ever shown.</summary>
internal static partial class KeysVerb
{
    private const int MostKeys = 100;
    private const int MostBytes = 64 * 1024;

    private static readonly Option<string?> Out = new("--out") { Description = "file of the keystore, or folder of several (default: ADDRESS.json in this folder)", HelpName = "PATH" };
    private static readonly Option<int> Count = new("--count") { Description = "how many keys", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Words = new("--mnemonic") { Description = "make 24 words (BIP-39), and of their accounts the keys; the words are shown once, on the error output" };
    private static readonly Argument<string> Source = new("source") { Description = "file with a key (0x and 64 digits, a mnemonic, or another keystore), or - for the input" };
    private static readonly Option<string?> SourcePassword = new("--source-password") { Description = "password of a keystore that is taken in, where it is not keyPassword", HelpName = "file:PATH" };
    private static readonly Option<string> At = new("--path") { Description = "account of a mnemonic: a number, or a path", HelpName = "PATH", DefaultValueFactory = _ => "0" };
    private static readonly Argument<string> KeystoreFile = new("file") { Description = "a keystore" };

    /// <param name="Account">Its address.</param>
    /// <param name="File">The keystore.</param>
    /// <param name="Setting">What operatorKey or attestorKeys say to use it.</param>
    internal sealed record KeyForm(string Account, string File, string Setting);

    internal sealed record KeysForm(IReadOnlyList<KeyForm> Keys);

    public static Command Create() => new("keys", "Makes keystores, takes keys into them, and says whose they are")
    {
        VerbRunner.Create("new", "Makes new keys in keystores, under keyPassword, or under a password that is asked for", [Settings.KeyPassword], NewAsync, Out, Count, Words, VerbRunner.Json)
            .WithExamples("opensettle keys new --out operator.json", "opensettle keys new --count 3 --out keys/ --key-password file:password").Printing<KeysForm>(),
        VerbRunner.Create(
            "import", "Takes a key from a file or the input into a keystore", [Settings.KeyPassword, Settings.MnemonicPassphrase], ImportAsync, Source, Out, SourcePassword, At, VerbRunner.Json)
            .WithExamples("opensettle keys import old.key --out operator.json", "opensettle keys import words.txt --path 3 --out attestor.json").Printing<KeysForm>(),
        CreateList(),
        VerbRunner.Create("show", "Opens a keystore, and says whose it is", [Settings.KeyPassword], ShowAsync, KeystoreFile, VerbRunner.Json)
            .WithExamples("opensettle keys show operator.json --key-password file:password").Printing<KeysForm>(),
    };

    private static async Task NewAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var count = parsed.GetValue(Count);
        if (count is < 1 or > MostKeys) throw new VerbException(ExitCode.Usage, $"--count: {count} is not a number from 1 to {MostKeys}.");
        var place = parsed.GetValue(Out);
        if (count == 1 && place is not null && !IsFolder(place)) RequireFree(place);
        var password = await NewPasswordAsync(settings, cancellation);
        var words = parsed.GetValue(Words) ? KeyFiles.CreateMnemonic(24) : null;
        if (words is not null)
        {
            Console.Error.WriteLine("These words are all of these keys. They are shown this once, and kept nowhere: write them down, on paper.");
            Console.Error.WriteLine();
            Console.Error.WriteLine($"  {words}");
            Console.Error.WriteLine();
        }

        var made = new List<(Address Account, string File)>();
        for (var i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var keystore = words is null ? KeyFiles.Create(password) : KeyFiles.FromMnemonic(words, string.Empty, HdPath.Account((uint)i), password);
            made.Add((keystore.Account, Place(keystore, place, count)));
        }

        Print(parsed, "made", made);
    }

    private static async Task ImportAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var source = parsed.GetValue(Source) ?? string.Empty;
        RequireNoKey(source);
        var place = parsed.GetValue(Out);
        if (place is not null && !IsFolder(place)) RequireFree(place);
        var text = (await ReadAsync(source, cancellation)).Trim();
        var path = PathOf(parsed.GetValue(At) ?? "0");
        KeystoreText keystore;
        if (text.StartsWith('{'))
        {
            keystore = await TakeKeystoreAsync(settings, parsed, source, text, cancellation);
        }
        else if (Hash32.TryParse(text.StartsWith("0x", StringComparison.Ordinal) ? text : $"0x{text}", out var key))
        {
            if (KeySource.Find(key.ToString()) is null) throw new VerbException(ExitCode.Usage, $"source: {Named(source)} holds 64 digits that are no key of this curve.");
            keystore = KeyFiles.FromPrivateKey(key, await NewPasswordAsync(settings, cancellation));
        }
        else if (text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length >= 12)
        {
            var password = await NewPasswordAsync(settings, cancellation);
            try
            {
                keystore = KeyFiles.FromMnemonic(text, settings.Find(Settings.MnemonicPassphrase) ?? string.Empty, path, password);
            }
            catch (FormatException e)
            {
                throw new VerbException(ExitCode.Usage, $"source: {Named(source)}: {e.Message}");
            }
        }
        else
        {
            throw new VerbException(ExitCode.Usage, $"source: {Named(source)} holds no key: 64 hexadecimal digits, a mnemonic of 12 to 24 words, or a keystore (version 3).");
        }

        Print(parsed, "took in", [(keystore.Account, Place(keystore, place, 1))]);
    }

    private static async Task<KeystoreText> TakeKeystoreAsync(SettingsReader settings, ParseResult parsed, string source, string text, CancellationToken cancellation)
    {
        var old = await SourcePasswordAsync(settings, parsed, cancellation);
        try
        {
            // Opened before a new password is asked for.
            var opened = KeyFiles.FromKeystore(text, old, old);
            var password = await NewPasswordAsync(settings, cancellation);
            return password == old ? opened : KeyFiles.FromKeystore(text, old, password);
        }
        catch (KeystoreException e)
        {
            throw new VerbException(ExitCode.Usage, $"source: {Named(source)}: {e.Message.TrimEnd('.')}. Check the file, and {SourcePassword.Name}.");
        }
    }

    private static async Task ShowAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var file = parsed.GetValue(KeystoreFile) ?? string.Empty;
        RequireNoKey(file);
        var text = await ReadAsync(file, cancellation);
        var password = settings.Find(Settings.KeyPassword) ?? await Asking().AskSecretAsync($"password of {Inert.Of(file)}", cancellation);
        try
        {
            using var signer = Providers.Choose("auto", Clock.Real).SignerFromKeystore(text, password);
            Print(parsed, "opened", [(signer.Address, Path.GetFullPath(file))]);
        }
        catch (KeystoreException e)
        {
            throw new VerbException(ExitCode.Usage, $"file: {Inert.Of(file)}: {e.Message.TrimEnd('.')}. Check the file, and {Settings.KeyPassword.Key}.");
        }
    }

    private static void Print(ParseResult parsed, string verb, IReadOnlyList<(Address Account, string File)> keys)
    {
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(new KeysForm([.. keys.Select(key => new KeyForm(key.Account.ToChecksumString(), key.File, $"keystore:{key.File}"))]));
            return;
        }

        foreach (var (account, file) in keys) Console.WriteLine($"{verb,-8} {account.ToChecksumString()}  {Inert.Of(file)}");
    }

    private static Questions Asking() =>
        Questions.OnConsole() ?? throw new VerbException(ExitCode.Usage, $"{Settings.KeyPassword.Key} is not set, and nobody is there to be asked. Set {Settings.KeyPassword.Flag} file:PATH, or {Settings.KeyPassword.EnvironmentName}.");

    private static async Task<string> NewPasswordAsync(SettingsReader settings, CancellationToken cancellation) =>
        settings.Find(Settings.KeyPassword) ?? await Asking().AskNewSecretAsync("password for the keystore", mayBeEmpty: false, cancellation);

    private static async Task<string> SourcePasswordAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(SourcePassword) is not { } given) return settings.Find(Settings.KeyPassword) ?? await Asking().AskSecretAsync("password of the keystore that is taken in", cancellation);
        const string Prefix = "file:";
        if (!given.StartsWith(Prefix, StringComparison.Ordinal)) throw new VerbException(ExitCode.Usage, $"{SourcePassword.Name}: other users see the flags of a process. Give file:PATH.");
        try
        {
            return File.ReadLines(given[Prefix.Length..]).FirstOrDefault() ?? string.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new VerbException(ExitCode.Usage, $"{SourcePassword.Name}: {e.Message} Give file:PATH.", e);
        }
    }

    private static HdPath PathOf(string text) =>
        KeySource.Find($"mnemonic:{text}") is KeySource.UnderMnemonic account ? account.Path : throw new VerbException(ExitCode.Usage, $"{At.Name}: '{Inert.Of(text)}' is not an account's number, nor a path such as m/44'/60'/0'/0/0.");

    /// <summary>Whoever gives a key itself has shown it to every user of this machine.</summary>
    private static void RequireNoKey(string argument)
    {
        if (Hash32.TryParse(argument.StartsWith("0x", StringComparison.Ordinal) ? argument : $"0x{argument}", out _) || argument.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length >= 12)
            throw new VerbException(ExitCode.Usage, "source: other users see the arguments of a process, and the shell keeps them: treat that key as known. Put a key into a file, or give - and bring it by the input.");
    }

    private static async Task<string> ReadAsync(string source, CancellationToken cancellation)
    {
        try
        {
            if (source == "-") return await Console.In.ReadToEndAsync(cancellation);
            var file = new FileInfo(source);
            if (file.Exists && file.Length > MostBytes) throw new VerbException(ExitCode.Usage, $"source: {Inert.Of(source)} has {file.Length.ToString(CultureInfo.InvariantCulture)} bytes, and a key has less than {MostBytes}.");
            return await File.ReadAllTextAsync(source, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new VerbException(ExitCode.Usage, $"source: cannot read {Inert.Of(source)}: {Inert.Of(e.Message)} Give the right path.", e);
        }
    }

    private static string Named(string source) => source == "-" ? "the input" : Inert.Of(source);

    private static bool IsFolder(string place) => place.EndsWith('/') || place.EndsWith(Path.DirectorySeparatorChar) || Directory.Exists(place);

    private static void RequireFree(string path)
    {
        if (Path.Exists(path)) throw new VerbException(ExitCode.Usage, $"--out: {Inert.Of(path)} is there, and is not written over. Give another place.");
    }

    private static string Place(KeystoreText keystore, string? place, int count)
    {
        var inFolder = place is null || count > 1 || IsFolder(place);
        var path = Path.GetFullPath(inFolder ? Path.Combine(place ?? ".", $"{keystore.Account}.json") : place ?? ".");
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) PrivateFile.MakeFolder(folder);
        PrivateFile.Write(path, keystore.Text + "\n");
        return path;
    }
}
