using System.Security.Cryptography;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Setup;

/// <summary>The part of the interview that is about keys: new keystores, keys that are there, or a remote signer's. Those that are there are opened.</summary>
internal sealed class SetupKeys(
    SettingsReader settings, string folder, Questions? questions, bool takesDefaults, IChainProvider provider, Dictionary<string, string> values, List<string> remarks)
{
    public const string New = "new";
    public const string Existing = "existing";
    public const string Remote = "remote";

    private const string FilePrefix = "file:";
    private const string KeystorePrefix = "keystore:";

    private const int MostAttestors = 64;

    private List<(string Name, string Role, KeystoreText Keystore)> Made { get; } = [];

    /// <returns>Keystores that are to be written, and their password where it gets a file.</returns>
    public async Task<(IReadOnlyList<(string Name, string Role, KeystoreText Keystore)> Keys, string? Password)> RunAsync(string? way, int attestors, CancellationToken cancellation)
    {
        var given = new[] { Settings.OperatorKey, Settings.AttestorKeys }.Count(Has);
        if (given == 2)
        {
            if (way is not null) throw new VerbException(ExitCode.Usage, "--keys: operatorKey and attestorKeys are given. Leave one or the other out.");
            return ([], null);
        }

        if (given == 1) throw new VerbException(ExitCode.Usage, $"{(Has(Settings.OperatorKey) ? Settings.AttestorKeys : Settings.OperatorKey).Key} is missing: operatorKey and attestorKeys are given together, or neither.");
        way ??= await WayAsync(cancellation);
        switch (way)
        {
            case New:
                return (Made, await MakeAsync(attestors, cancellation));
            case Existing:
                await TakeExistingAsync(cancellation);
                return ([], null);
            case Remote:
                await TakeRemoteAsync(cancellation);
                return ([], null);
            default:
                throw new VerbException(ExitCode.Usage, $"--keys: '{Inert.Of(way)}' is not {New}, {Existing} or {Remote}.");
        }
    }

    /// <summary>Paths of keystores as they are from anywhere: a service is not started in this folder.</summary>
    public static string Absolute(string list) => string.Join(", ", list.Split(',', StringSplitOptions.TrimEntries)
        .Select(key => key.StartsWith(KeystorePrefix, StringComparison.Ordinal) ? KeystorePrefix + Path.GetFullPath(key[KeystorePrefix.Length..]) : key));

    private async Task<string> WayAsync(CancellationToken cancellation)
    {
        if (takesDefaults) return New;
        return await Person("--keys").AskAsync(
            $"keys: {New} keystores, {Existing} ones, or in a {Remote} signer", New, answer => answer is New or Existing or Remote ? null : $"is not {New}, {Existing} or {Remote}", cancellation);
    }

    /// <returns>The password, where it gets a file of its own.</returns>
    private async Task<string?> MakeAsync(int attestors, CancellationToken cancellation)
    {
        if (attestors is < 1 or > MostAttestors) throw new VerbException(ExitCode.Usage, $"--attestors: {attestors} is not a number from 1 to {MostAttestors}.");
        string[] names = ["operator.json", .. Enumerable.Range(1, attestors).Select(number => $"attestor-{number}.json")];
        SetupFiles.RequireNoKeys(folder, names);
        var (password, own) = await PasswordAsync(cancellation);
        foreach (var name in names)
        {
            cancellation.ThrowIfCancellationRequested();
            Made.Add((name, Made.Count == 0 ? "operator" : "attestor", KeyFiles.Create(password)));
        }

        values[Settings.OperatorKey.Key] = KeystorePrefix + SetupFiles.KeyFile(folder, names[0]);
        values[Settings.AttestorKeys.Key] = string.Join(", ", names.Skip(1).Select(name => KeystorePrefix + SetupFiles.KeyFile(folder, name)));
        if (own) values[Settings.KeyPassword.Key] = FilePrefix + SetupFiles.PasswordFile(folder);
        remarks.Add($"Send coin to the operator {Made[0].Keystore.Account.ToChecksumString()}: it pays for the node's transactions.");
        remarks.Add($"The vault does not know the new attestors yet: its governor schedules {string.Join(", ", Made.Skip(1).Select(key => key.Keystore.Account.ToChecksumString()))}; or name them when you deploy.");
        remarks.Add($"Keep a copy of {Path.Combine(folder, SetupPlan.KeysName)} where nobody else can read it: backups of the data do not have it.");
        return own ? password : null;
    }

    private async Task<(string Password, bool GetsFile)> PasswordAsync(CancellationToken cancellation)
    {
        if (settings.Find(Settings.KeyPassword) is { } given) return (given, false);
        var typed = takesDefaults || questions is null ? string.Empty : await questions.AskNewSecretAsync($"password of the keystores (nothing: a random one, kept in {SetupFiles.PasswordFile(folder)})", mayBeEmpty: true, cancellation);
        return (typed.Length > 0 ? typed : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), true);
    }

    private async Task TakeExistingAsync(CancellationToken cancellation)
    {
        var person = Person(Settings.OperatorKey.Flag);
        string? password = null;
        async Task<string> KeysAsync(SettingDefinition setting, string question)
        {
            while (true)
            {
                var answer = await person.AskAsync($"{setting.Key}: {question} (a keystore's path, {KeystorePrefix}PATH, mnemonic:INDEX, remote:ADDRESS)", null, KeyProblem, cancellation);
                var list = string.Join(", ", answer.Split(',', StringSplitOptions.TrimEntries).Select(Form));
                if (list.Contains(KeystorePrefix, StringComparison.Ordinal) && settings.Find(Settings.KeyPassword) is null) password ??= await PasswordFileAsync(person, cancellation);
                if (await OpenProblemAsync(setting, list, password, cancellation) is not { } problem) return list;
                person.Say($"  {Inert.Of(problem)}");
                // It may be the password that was wrong.
                password = null;
            }
        }

        values[Settings.OperatorKey.Key] = await KeysAsync(Settings.OperatorKey, "the key that pays for transactions");
        values[Settings.AttestorKeys.Key] = await KeysAsync(Settings.AttestorKeys, "the keys that sign epochs, with commas between");
        if (password is not null) values[Settings.KeyPassword.Key] = FilePrefix + password;
    }

    private static async Task<string> PasswordFileAsync(Questions person, CancellationToken cancellation) => Path.GetFullPath(await person.AskAsync(
        "keyPassword: file whose first line is the keystores' password", null, path => File.Exists(path) ? null : "is not there", cancellation));

    /// <summary>A path alone means the keystore there.</summary>
    private static string Form(string key) => Absolute(KeySource.IsReference(key) ? key : KeystorePrefix + key);

    private static string? KeyProblem(string answer)
    {
        foreach (var key in answer.Split(',', StringSplitOptions.TrimEntries))
        {
            // A key that was typed is not repeated.
            if (KeySource.Find(key) is KeySource.Written) return "is a key: settings name where a key is. Put it into a keystore with opensettle keys import";
            if (KeySource.Find(Form(key)) is null) return "names no key in one of these forms";
            if (KeySource.Find(Form(key)) is KeySource.Keystore keystore && !File.Exists(keystore.Path)) return $"names {keystore.Path}, which is not there";
        }

        return null;
    }

    private async Task<string?> OpenProblemAsync(SettingDefinition setting, string list, string? passwordFile, CancellationToken cancellation)
    {
        var known = KeyAccess.Of(settings);
        var access = passwordFile is null ? known : new KeyAccess
        {
            KeyPassword = File.ReadLines(passwordFile).FirstOrDefault(), Mnemonic = known.Mnemonic, MnemonicPassphrase = known.MnemonicPassphrase, SignerUrl = known.SignerUrl, Timeout = known.Timeout,
        };
        try
        {
            foreach (var key in list.Split(',', StringSplitOptions.TrimEntries))
            {
                using var signer = await new SignerFactory(access, provider, Clock.Real).OpenAsync(setting, KeySource.Find(key) ?? throw new InvalidOperationException("A key was taken that is none."), cancellation);
                questions?.Say($"  {signer.Address.ToChecksumString()}");
            }

            return null;
        }
        catch (Exception e) when (e is SettingsException or StartRefusedException)
        {
            return e.Message;
        }
    }

    private async Task TakeRemoteAsync(CancellationToken cancellation)
    {
        var person = Person(Settings.SignerUrl.Flag);
        while (true)
        {
            var url = settings.Find(Settings.SignerUrl) ?? await person.AskAsync("signerUrl: address of the remote signer", "http://127.0.0.1:9000", Settings.SignerUrl.Problem, cancellation);
            var payer = await person.AskAsync("operatorKey: account that pays for transactions", null, AccountsProblem, cancellation);
            var signers = await person.AskAsync("attestorKeys: accounts that sign epochs, with commas between", null, AccountsProblem, cancellation);
            var (first, rest) = (RemoteForm(payer), RemoteForm(signers));
            if (await RemoteProblemAsync(new Uri(url), $"{first}, {rest}", cancellation) is not { } problem)
            {
                (values[Settings.SignerUrl.Key], values[Settings.OperatorKey.Key], values[Settings.AttestorKeys.Key]) = (url, first, rest);
                return;
            }

            person.Say($"  {Inert.Of(problem)}");
        }
    }

    private async Task<string?> RemoteProblemAsync(Uri url, string list, CancellationToken cancellation)
    {
        try
        {
            var access = new KeyAccess { SignerUrl = url, Timeout = KeyAccess.Of(settings).Timeout };
            foreach (var key in list.Split(',', StringSplitOptions.TrimEntries))
                (await new SignerFactory(access, provider, Clock.Real).OpenAsync(Settings.SignerUrl, KeySource.Find(key) ?? throw new InvalidOperationException("A key was taken that is none."), cancellation)).Dispose();
            return null;
        }
        catch (StartRefusedException e)
        {
            return e.Message;
        }
    }

    private static string? AccountsProblem(string answer) =>
        answer.Split(',', StringSplitOptions.TrimEntries).All(item => Address.TryParse(item, out _)) ? null : "is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum";

    private static string RemoteForm(string list) => string.Join(", ", list.Split(',', StringSplitOptions.TrimEntries).Select(account => $"remote:{Address.Parse(account).ToChecksumString()}"));

    private Questions Person(string flag) => questions ?? throw new VerbException(
        ExitCode.Usage, $"{flag} is not given, and nobody is there to be asked. Give {Settings.OperatorKey.Flag} and {Settings.AttestorKeys.Flag} with {Settings.KeyPassword.Flag} or {Settings.SignerUrl.Flag}, or --yes to make new keys.");

    private bool Has(SettingDefinition setting) => settings.Told(setting) is { Layer: not SettingLayer.Default };
}
