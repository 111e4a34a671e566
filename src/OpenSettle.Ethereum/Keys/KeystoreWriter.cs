using System.Text.Json;

namespace OpenSettle.Ethereum.Keys;

/// <summary>A keystore as the text of its file.</summary>
internal static class KeystoreWriter
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    public static string Write(KeystoreFile file, Guid name)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            writer.WriteStartObject();
            // Without 0x, as wallets expect it.
            if (file.Account is { } account) writer.WriteString("address", Convert.ToHexStringLower(account.ToArray()));
            writer.WriteStartObject("crypto");
            writer.WriteString("cipher", "aes-128-ctr");
            writer.WriteStartObject("cipherparams");
            writer.WriteString("iv", Convert.ToHexStringLower(file.Iv));
            writer.WriteEndObject();
            writer.WriteString("ciphertext", Convert.ToHexStringLower(file.Ciphertext));
            WriteDerivation(writer, file.Derivation);
            writer.WriteString("mac", Convert.ToHexStringLower(file.Mac));
            writer.WriteEndObject();
            writer.WriteString("id", name);
            writer.WriteNumber("version", KeystoreFile.Version);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteDerivation(Utf8JsonWriter writer, KeystoreDerivation derivation)
    {
        writer.WriteString("kdf", derivation is KeystoreDerivation.Scrypt ? "scrypt" : "pbkdf2");
        writer.WriteStartObject("kdfparams");
        writer.WriteNumber("dklen", KeystoreFile.DerivedSize);
        switch (derivation)
        {
            case KeystoreDerivation.Scrypt scrypt:
                writer.WriteNumber("n", scrypt.Cost);
                writer.WriteNumber("p", scrypt.Parallel);
                writer.WriteNumber("r", scrypt.BlockSize);
                break;
            case KeystoreDerivation.Pbkdf2 pbkdf2:
                writer.WriteNumber("c", pbkdf2.Rounds);
                writer.WriteString("prf", "hmac-sha256");
                break;
        }

        writer.WriteString("salt", Convert.ToHexStringLower(derivation.Salt));
        writer.WriteEndObject();
    }
}
