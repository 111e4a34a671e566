using System.Numerics;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Keys;

/// <summary>How a keystore's password becomes a key.</summary>
internal abstract record KeystoreDerivation(byte[] Salt)
{
    /// <summary>PBKDF2 with HMAC-SHA256.</summary>
    internal sealed record Pbkdf2(byte[] Salt, int Rounds) : KeystoreDerivation(Salt);

    /// <summary>scrypt with its three parameters n, r and p.</summary>
    internal sealed record Scrypt(byte[] Salt, int Cost, int BlockSize, int Parallel) : KeystoreDerivation(Salt);
}

/// <summary>
/// The parts of a keystore file, version 3. Whoever wrote the file chose how much memory and time opening it takes: more than
/// any wallet asks for is refused before it is spent. No error repeats a part of the file.
/// </summary>
internal sealed record KeystoreFile(KeystoreDerivation Derivation, byte[] Iv, byte[] Ciphertext, byte[] Mac, Address? Account)
{
    public const int Version = 3;
    public const int IvSize = 16;
    public const int DerivedSize = 32;

    /// <summary>A keystore has some 500 characters.</summary>
    public const int MostCharacters = 16 * 1024;

    /// <summary>What scrypt may take of memory; geth's standard takes 256 MiB.</summary>
    public const long MostScryptBytes = 512L * 1024 * 1024;

    /// <summary>n, r and p together: four times geth's standard, some seconds.</summary>
    public const long MostScryptWork = 1 << 23;

    /// <summary>Of PBKDF2; geth's is 262144.</summary>
    public const int MostRounds = 10_000_000;

    private const int MostSalt = 256;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    public static KeystoreFile Parse(string text)
    {
        if (text.Length > MostCharacters) throw new KeystoreException($"A keystore of {text.Length} characters: it has at most {MostCharacters}.");
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            // Its message may show a part of the file.
            throw new KeystoreException("The keystore is not a JSON object.");
        }
        catch (ArgumentException)
        {
            // Half of a surrogate pair, which is not text.
            throw new KeystoreException("The keystore is not a JSON object.");
        }
    }

    private static KeystoreFile Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new KeystoreException("The keystore is not a JSON object.");
        if (Number(root, "version") is var version && version != Version) throw new KeystoreException($"The keystore has version {version}; version {Version} is meant.");
        var crypto = Crypto(root);
        if (Text(crypto, "cipher") != "aes-128-ctr") throw new KeystoreException("The keystore's cipher is not aes-128-ctr.");
        var iv = Bytes(Part(crypto, "cipherparams"), "iv", IvSize);
        var parameters = Part(crypto, "kdfparams");
        KeystoreDerivation derivation = Text(crypto, "kdf") switch
        {
            "scrypt" => Scrypt(parameters),
            "pbkdf2" => Pbkdf2(parameters),
            _ => throw new KeystoreException("The keystore's kdf is neither scrypt nor pbkdf2."),
        };
        if (Number(parameters, "dklen") != DerivedSize) throw new KeystoreException($"The keystore's dklen is not {DerivedSize}.");
        return new KeystoreFile(derivation, iv, Bytes(crypto, "ciphertext", Hash32.Size), Bytes(crypto, "mac", Hash32.Size), Owner(root));
    }

    // Some wallets write it with a capital letter.
    private static JsonElement Crypto(JsonElement root) => (root.TryGetProperty("crypto", out var lower), root.TryGetProperty("Crypto", out var upper)) switch
    {
        (true, false) when lower.ValueKind == JsonValueKind.Object => lower,
        (false, true) when upper.ValueKind == JsonValueKind.Object => upper,
        (true, true) => throw new KeystoreException("The keystore has its crypto twice."),
        _ => throw new KeystoreException("The keystore has no crypto object."),
    };

    private static KeystoreDerivation.Scrypt Scrypt(JsonElement parameters)
    {
        var (cost, blockSize, parallel) = (Number(parameters, "n"), Number(parameters, "r"), Number(parameters, "p"));
        if (cost < 2 || !BitOperations.IsPow2(cost) || blockSize < 1 || parallel < 1)
            throw new KeystoreException("The keystore's scrypt parameters are wrong: n is a power of two above 1, r and p are above 0.");
        if ((UInt128)128 * (UInt128)blockSize * ((UInt128)cost + (UInt128)parallel) > (UInt128)MostScryptBytes)
            throw new KeystoreException($"The keystore's scrypt parameters ask for more than {MostScryptBytes / 1024 / 1024} MiB of memory.");
        if ((UInt128)cost * (UInt128)blockSize * (UInt128)parallel > (UInt128)MostScryptWork)
            throw new KeystoreException($"The keystore's scrypt parameters ask for more work than is done: n times r times p is at most {MostScryptWork}.");
        return new KeystoreDerivation.Scrypt(Salt(parameters), cost, blockSize, parallel);
    }

    private static KeystoreDerivation.Pbkdf2 Pbkdf2(JsonElement parameters)
    {
        if (Text(parameters, "prf") != "hmac-sha256") throw new KeystoreException("The keystore's prf is not hmac-sha256.");
        var rounds = Number(parameters, "c");
        if (rounds is < 1 or > MostRounds) throw new KeystoreException($"The keystore's c is not from 1 to {MostRounds}.");
        return new KeystoreDerivation.Pbkdf2(Salt(parameters), rounds);
    }

    private static byte[] Salt(JsonElement parameters) =>
        Bytes(parameters, "salt") is { Length: <= MostSalt } salt ? salt : throw new KeystoreException($"The keystore's salt has more than {MostSalt} bytes.");

    // Not every wallet says whose key it is; what is said has to be true.
    private static Address? Owner(JsonElement root)
    {
        if (!root.TryGetProperty("address", out var value) || value.ValueKind == JsonValueKind.Null) return null;
        return Address.FromBytes(Bytes(root, "address", Address.Size));
    }

    private static JsonElement Part(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : throw new KeystoreException($"The keystore has no {name} object.");

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && Unescaped(value) is { } text
            ? text
            : throw new KeystoreException($"The keystore has no {name}, or it is not text.");

    private static int Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw new KeystoreException($"The keystore has no {name}, or it is not a whole number of 32 bits.");

    private static byte[] Bytes(JsonElement parent, string name, int size) =>
        Bytes(parent, name) is var bytes && bytes.Length == size ? bytes : throw new KeystoreException($"The keystore's {name} has {bytes.Length} bytes, not {size}.");

    private static byte[] Bytes(JsonElement parent, string name)
    {
        var digits = Text(parent, name);
        return Hex.TryDecode(digits.StartsWith("0x", StringComparison.Ordinal) ? digits : $"0x{digits}", out byte[] bytes)
            ? bytes
            : throw new KeystoreException($"The keystore's {name} is not hexadecimal.");
    }

    private static string? Unescaped(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair.
            return null;
        }
    }
}
