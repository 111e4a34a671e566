using OpenSettle.Ethereum.Keys;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Setup;

/// <summary>Everything that a new set-up writes, decided before anything is written.</summary>
/// <param name="Folder">Gets settings.json, and keys/ where keys are made.</param>
/// <param name="Values">Settings by their keys, in the order of the file.</param>
internal sealed record SetupPlan(string Folder, IReadOnlyList<(string Key, string Value)> Values)
{
    public const string SettingsName = "settings.json";
    public const string KeysName = "keys";

    /// <summary>New keystores, by their names in keys/.</summary>
    public IReadOnlyList<(string Name, string Role, KeystoreText Keystore)> Keys { get; init; } = [];

    /// <summary>The password of the new keystores, where it gets a file of its own; null where it has a place.</summary>
    public string? Password { get; init; }

    /// <summary>What the person has still to do.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    public IReadOnlyList<Address> NewAttestors => [.. Keys.Where(key => key.Role == "attestor").Select(key => key.Keystore.Account)];
}
