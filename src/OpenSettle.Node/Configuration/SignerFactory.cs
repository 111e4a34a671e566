using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Node.Pipeline;

namespace OpenSettle.Node.Configuration;

/// <summary>What opens the keys that settings name. Not a record: secrets must not show in a ToString.</summary>
public sealed class KeyAccess
{
    public string? KeyPassword { get; init; }

    public string? Mnemonic { get; init; }

    public string? MnemonicPassphrase { get; init; }

    public Uri? SignerUrl { get; init; }

    /// <summary>What one answer of the remote signer may take.</summary>
    public required TimeSpan Timeout { get; init; }

    public static KeyAccess Of(NodeOptions options) => new()
    {
        KeyPassword = options.KeyPassword, Mnemonic = options.Mnemonic, MnemonicPassphrase = options.MnemonicPassphrase, SignerUrl = options.SignerUrl, Timeout = options.RpcTimeout,
    };

    /// <summary>As settings say it, where the rest of them does not matter.</summary>
    public static KeyAccess Of(SettingsReader settings) => new()
    {
        KeyPassword = settings.Find(Settings.KeyPassword),
        Mnemonic = settings.Find(Settings.Mnemonic),
        MnemonicPassphrase = settings.Find(Settings.MnemonicPassphrase),
        SignerUrl = settings.Find(Settings.SignerUrl) is { } signer ? new Uri(signer) : null,
        Timeout = TimeSpan.FromSeconds(double.Parse(settings.Get(Settings.RpcTimeoutSeconds), System.Globalization.CultureInfo.InvariantCulture)),
    };
}

/// <summary>Turns the settings of keys into signers. Every failure names its setting and the remedy, and never a secret.</summary>
public sealed class SignerFactory(KeyAccess access, IChainProvider provider, TimeProvider time)
{
    private const int LargestKeystore = 64 * 1024;

    public SignerFactory(NodeOptions options, IChainProvider provider, TimeProvider time)
        : this(KeyAccess.Of(options), provider, time)
    {
    }

    /// <exception cref="SettingsException">The key cannot be had from what the settings say.</exception>
    /// <exception cref="StartRefusedException">The remote signer does not answer, or does not have the key.</exception>
    public async Task<ISigner> OpenAsync(SettingDefinition setting, KeySource source, CancellationToken cancellation) => source switch
    {
        KeySource.Written written => provider.SignerFromPrivateKey(written.Key),
        KeySource.Keystore keystore => FromKeystore(setting, keystore),
        KeySource.UnderMnemonic account => FromMnemonic(setting, account),
        KeySource.Remote remote => await FromRemoteAsync(setting, remote, cancellation),
        _ => throw new InvalidOperationException($"{source} is not a known kind of key."),
    };

    /// <summary>Opens a key as far as that goes without asking anybody: whether a remote signer has it, it alone can say.</summary>
    /// <exception cref="SettingsException">The key cannot be had from what the settings say.</exception>
    public async Task TryAsync(SettingDefinition setting, KeySource source, CancellationToken cancellation)
    {
        if (source is KeySource.Remote)
        {
            if (access.SignerUrl is null) throw Missing(setting, source, Settings.SignerUrl);
            return;
        }

        using var signer = await OpenAsync(setting, source, cancellation);
    }

    /// <summary>All signers of a list, in its order.</summary>
    public async Task<IReadOnlyList<ISigner>> OpenAsync(SettingDefinition setting, IReadOnlyList<KeySource> sources, CancellationToken cancellation)
    {
        var signers = new List<ISigner>(sources.Count);
        foreach (var source in sources) signers.Add(await OpenAsync(setting, source, cancellation));
        return signers;
    }

    private ISigner FromKeystore(SettingDefinition setting, KeySource.Keystore keystore)
    {
        var password = access.KeyPassword ?? throw Missing(setting, keystore, Settings.KeyPassword);
        try
        {
            var file = new FileInfo(keystore.Path);
            if (file.Exists && file.Length > LargestKeystore) throw new KeystoreException($"a keystore has less than {LargestKeystore} bytes");
            return provider.SignerFromKeystore(File.ReadAllText(keystore.Path), password);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SettingsException([$"{setting.Key}: cannot read {keystore}: {e.Message} Give the right path."]);
        }
        catch (KeystoreException e)
        {
            throw new SettingsException([$"{setting.Key}: {keystore}: {e.Message.TrimEnd('.')}. Check the file, and {Settings.KeyPassword.Key}."]);
        }
    }

    private ISigner FromMnemonic(SettingDefinition setting, KeySource.UnderMnemonic account)
    {
        var words = access.Mnemonic ?? throw Missing(setting, account, Settings.Mnemonic);
        try
        {
            return provider.SignerFromMnemonic(words, access.MnemonicPassphrase ?? string.Empty, account.Path);
        }
        catch (FormatException e)
        {
            throw new SettingsException([$"{Settings.Mnemonic.Key}: {e.Message}"]);
        }
    }

    private async Task<ISigner> FromRemoteAsync(SettingDefinition setting, KeySource.Remote remote, CancellationToken cancellation)
    {
        var url = access.SignerUrl ?? throw Missing(setting, remote, Settings.SignerUrl);
        try
        {
            return await RemoteSigner.ConnectAsync(url, remote.Account, access.Timeout, time, cancellation);
        }
        catch (ChainException e)
        {
            throw new StartRefusedException(
                $"{setting.Key}: {e.Message.TrimEnd('.')}. Check that the signer runs, that {Settings.SignerUrl.Key} names it, and that it holds this key.", e);
        }
    }

    private static SettingsException Missing(SettingDefinition setting, KeySource source, SettingDefinition needed) =>
        new([$"{setting.Key}: {source} needs {needed.Key}. {SettingsReader.NotSet(needed)}"]);
}
