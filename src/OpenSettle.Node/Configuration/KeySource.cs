using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Configuration;

/// <summary>Where the key of a setting is. Not a record: a key must not show in a ToString.</summary>
public abstract class KeySource
{
    /// <summary>The forms, for people.</summary>
    public const string Forms = "0x and 64 hexadecimal digits, keystore:PATH, mnemonic:INDEX, mnemonic:m/44'/60'/0'/0/0, or remote:ADDRESS";

    private const string KeystorePrefix = "keystore:";
    private const string MnemonicPrefix = "mnemonic:";
    private const string RemotePrefix = "remote:";

    /// <summary>Private keys are below the order of secp256k1.</summary>
    private static readonly Hash32 CurveOrder = Hash32.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

    private KeySource()
    {
    }

    /// <summary>Whether a value only says where a key is, so that everybody may read it.</summary>
    public static bool IsReference(string value) =>
        value.StartsWith(KeystorePrefix, StringComparison.Ordinal)
        || value.StartsWith(MnemonicPrefix, StringComparison.Ordinal)
        || value.StartsWith(RemotePrefix, StringComparison.Ordinal);

    /// <summary>Reads one of the <see cref="Forms"/>; null where it is none.</summary>
    public static KeySource? Find(string value)
    {
        if (value.StartsWith(KeystorePrefix, StringComparison.Ordinal))
            return value.Length > KeystorePrefix.Length ? new Keystore(value[KeystorePrefix.Length..]) : null;
        if (value.StartsWith(RemotePrefix, StringComparison.Ordinal))
            return Address.TryParse(value[RemotePrefix.Length..], out var account) ? new Remote(account) : null;
        if (value.StartsWith(MnemonicPrefix, StringComparison.Ordinal))
        {
            var place = value[MnemonicPrefix.Length..];
            if (HdPath.TryParse(place, out var path)) return new UnderMnemonic(path);
            return place.All(char.IsAsciiDigit) && HdPath.TryParse($"m/44'/60'/0'/0/{place}", out path) ? new UnderMnemonic(path) : null;
        }

        return Hash32.TryParse(value, out var key) && !key.IsZero && key < CurveOrder ? new Written(key) : null;
    }

    public static KeySource Of(Hash32 key) => new Written(key);

    /// <summary>The key itself.</summary>
    public sealed class Written(Hash32 key) : KeySource
    {
        public Hash32 Key => key;

        public override string ToString() => "a private key";
    }

    /// <summary>A keystore file, version 3; its password is the setting keyPassword.</summary>
    public sealed class Keystore(string path) : KeySource
    {
        public string Path => path;

        public override string ToString() => $"keystore {path}";
    }

    /// <summary>An account of the setting mnemonic.</summary>
    public sealed class UnderMnemonic(HdPath path) : KeySource
    {
        public HdPath Path => path;

        public override string ToString() => $"the mnemonic's {path}";
    }

    /// <summary>An account of the signer at the setting signerUrl.</summary>
    public sealed class Remote(Address account) : KeySource
    {
        public Address Account => account;

        public override string ToString() => $"the signer's {account.ToChecksumString()}";
    }
}
