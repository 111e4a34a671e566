using Npgsql;

namespace OpenSettle.Storage.Postgres;

/// <summary>How people write where a database is: as a URI, or in Npgsql's own form.</summary>
public static class PostgresAddress
{
    /// <exception cref="StorageException">It is neither.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string address)
    {
        try
        {
            var settings = address.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
                ? OfUri(new Uri(address))
                : new NpgsqlConnectionStringBuilder(address);
            if (string.IsNullOrEmpty(settings.Host)) throw new FormatException("it names no host");
            if (string.IsNullOrEmpty(settings.Database)) throw new FormatException("it names no database");
            return settings;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or KeyNotFoundException)
        {
            // Never with the address: it may hold a password.
            throw new StorageException(StorageErrorKind.CannotOpen, $"database: {(e is FormatException ? e.Message : "it is not understood")}. Set it to postgresql://USER:PASSWORD@HOST:5432/DATABASE, or leave it empty for SQLite.");
        }
    }

    private static NpgsqlConnectionStringBuilder OfUri(Uri uri)
    {
        var settings = new NpgsqlConnectionStringBuilder { Host = uri.Host, Port = uri.Port > 0 ? uri.Port : 5432, Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')) };
        if (uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var rest])
        {
            settings.Username = Uri.UnescapeDataString(user);
            if (rest is [var password]) settings.Password = Uri.UnescapeDataString(password);
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = pair.Split('=', 2) is [var name, var text] ? (name, Uri.UnescapeDataString(text)) : (pair, string.Empty);
            // libpq's names where they differ from Npgsql's.
            settings[key switch { "sslmode" => "SSL Mode", "sslrootcert" => "Root Certificate", "connect_timeout" => "Timeout", "passfile" => "Passfile", _ => key }] = value;
        }

        return settings;
    }
}
