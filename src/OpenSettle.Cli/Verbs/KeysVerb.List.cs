using System.CommandLine;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle keys list: the keystores of a folder, and whose keys the settings name.</summary>
internal static partial class KeysVerb
{
    private static readonly Argument<string?> Folder = new("folder") { Description = "folder of keystores", Arity = ArgumentArity.ZeroOrOne };

    /// <param name="Account">Whose it says that it is; null where it does not say.</param>
    internal sealed record FileForm(string File, string? Account);

    /// <param name="Role">operator, attestor or sender.</param>
    /// <param name="Source">Where the key is; never the key.</param>
    /// <param name="AttestorOfVault">Null where it was not asked.</param>
    /// <param name="Problem">Why it cannot be had; null where it can.</param>
    internal sealed record KeyOfSettingForm(string Setting, string Role, string Source, string? Account, bool? AttestorOfVault, string? Problem);

    internal sealed record ListForm(IReadOnlyList<FileForm> Files, IReadOnlyList<KeyOfSettingForm> Keys);

    private sealed record ListedFile(string File, Address? Account);

    /// <param name="InVault">Whether the vault has it as an attestor; null where that was not asked.</param>
    /// <param name="Problem">Why it cannot be had.</param>
    private sealed record ListedKey(string Setting, string Role, string Source, Address? Account, bool? InVault, string? Problem);

    private static Command CreateList() => VerbRunner.Create(
        "list", "Lists the keystores of a folder, and whose keys the settings name; with rpc and deployment also whether the vault has the attestors",
        [Settings.OperatorKey, Settings.AttestorKeys, WitnessSettings.GuardianKey, Settings.SenderKey, .. Settings.ForKeys, Settings.Rpc, Settings.Deployment, Settings.Client, Settings.RpcTimeoutSeconds], ListAsync, Folder, VerbRunner.Json)
        .WithExamples("opensettle keys list keys/", "opensettle keys list --config settings.json --rpc https://rpc.example").Printing<ListForm>();

    private static async Task ListAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var keys = await KeysOfAsync(settings, cancellation);
        var folder = parsed.GetValue(Folder) ?? (keys.Count == 0 ? "." : null);
        var files = folder is null ? [] : FilesOf(folder);
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(new ListForm(
                [.. files.Select(file => new FileForm(file.File, file.Account?.ToChecksumString()))],
                [.. keys.Select(key => new KeyOfSettingForm(key.Setting, key.Role, key.Source, key.Account?.ToChecksumString(), key.InVault, key.Problem))]));
        }
        else
        {
            foreach (var file in files) Console.WriteLine($"keystore   {file.Account?.ToChecksumString() ?? "does not say whose it is",-42}  {Inert.Of(file.File)}");
            if (folder is not null && files.Count == 0) Console.WriteLine($"{Inert.Of(folder)} has no keystores: make one with opensettle keys new");
            foreach (var key in keys)
            {
                var vault = key.InVault switch { true => "; an attestor of the vault", false => "; NOT an attestor of the vault", null => string.Empty };
                Console.WriteLine($"{key.Role,-10} {key.Account?.ToChecksumString() ?? "cannot be had",-42}  {Inert.Of(key.Source)}{vault}");
            }
        }

        if (keys.FirstOrDefault(key => key.Problem is not null) is { } bad) throw new VerbException(ExitCode.Usage, Inert.Of(bad.Problem ?? string.Empty));
    }

    private static List<ListedFile> FilesOf(string folder)
    {
        try
        {
            var found = new List<ListedFile>();
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles().Where(file => file.Length <= MostBytes).OrderBy(file => file.Name, StringComparer.Ordinal))
            {
                try
                {
                    found.Add(new ListedFile(file.FullName, KeyFiles.AccountOf(File.ReadAllText(file.FullName))));
                }
                catch (KeystoreException)
                {
                    // Another kind of file.
                }
            }

            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"folder: cannot read {Inert.Of(folder)}: {Inert.Of(e.Message)} Give the right folder.", e);
        }
    }

    private static async Task<List<ListedKey>> KeysOfAsync(SettingsReader settings, CancellationToken cancellation)
    {
        var sources = new[] { (Settings.OperatorKey, "operator"), (Settings.AttestorKeys, "attestor"), (WitnessSettings.GuardianKey, "guardian"), (Settings.SenderKey, "sender") }
            .SelectMany(item => (settings.Find(item.Item1)?.Split(',', StringSplitOptions.TrimEntries) ?? []).Select(text => (Setting: item.Item1, Role: item.Item2, Source: KeySource.Find(text))))
            .ToList();
        var keys = new List<ListedKey>();
        if (sources.Count == 0) return keys;
        using var vault = Vault(settings);
        var factory = new SignerFactory(KeyAccess.Of(settings), Providers.Choose(settings.Get(Settings.Client), Clock.Real), Clock.Real);
        foreach (var (setting, role, source) in sources)
        {
            // The form was checked when the value was read.
            if (source is null) throw new InvalidOperationException("A key was taken that is none.");
            try
            {
                using var signer = await factory.OpenAsync(setting, source, cancellation);
                var inVault = role == "attestor" && vault is not null ? await vault.IsAttestorAsync(signer.Address, cancellation) : (bool?)null;
                keys.Add(new ListedKey(setting.Key, role, source.ToString() ?? string.Empty, signer.Address, inVault, null));
            }
            catch (Exception e) when (e is SettingsException or StartRefusedException)
            {
                keys.Add(new ListedKey(setting.Key, role, source.ToString() ?? string.Empty, null, null, e.Message));
            }
        }

        return keys;
    }

    /// <summary>Asked only where somebody said which chain: the default is not meant.</summary>
    private static VaultSight? Vault(SettingsReader settings) =>
        settings.Told(Settings.Rpc) is { Layer: not SettingLayer.Default } && settings.Find(Settings.Deployment) is not null ? new VaultSight(NodeOptions.From(settings)) : null;

    private sealed class VaultSight(NodeOptions options) : IDisposable
    {
        private readonly ChainEndpoints _chain = Providers.Connect(options, Providers.Choose(options.Client, Clock.Real), Clock.Real);

        public Task<bool> IsAttestorAsync(Address account, CancellationToken cancellation) =>
            ((IChainClient)_chain.Settling).AskAsync(options.Deployment.Watched.Id.Vault, new RoyaltySplit.IsAttestor(account), BlockRef.Latest, cancellation);

        public void Dispose() => _chain.Dispose();
    }
}
