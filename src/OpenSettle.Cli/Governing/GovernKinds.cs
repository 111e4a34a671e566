using System.Globalization;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Governing;

/// <summary>The kinds of changes, by the names that the command line has for them, and their content in words.</summary>
internal static class GovernKinds
{
    public static IReadOnlyList<(string Name, ChangeKind Kind)> All { get; } =
        [("attestors", ChangeKind.Attestors), ("window", ChangeKind.Window), ("tokens", ChangeKind.Tokens), ("guardian", ChangeKind.Guardian), ("governor", ChangeKind.Governor)];

    public static string Help { get; } = $"what is scheduled: {string.Join(", ", All.Select(one => one.Name))}";

    public static string NameOf(ChangeKind kind) => All.First(one => one.Kind == kind).Name;

    public static ChangeKind Parse(string? text)
    {
        foreach (var (name, kind) in All)
        {
            if (name == text) return kind;
        }

        throw new VerbException(ExitCode.Usage, $"kind: '{Inert.Of(text ?? string.Empty, 40)}' is none of {string.Join(", ", All.Select(one => one.Name))}.");
    }

    /// <summary>A line for each thing that holds once it is executed.</summary>
    public static IReadOnlyList<string> Describe(VaultChange change, IReadOnlyDictionary<Address, string> symbols) => change switch
    {
        VaultChange.Attestors set => Attestors(set.Members, set.Threshold),
        VaultChange.Window window => [Window(window.Seconds)],
        VaultChange.Tokens tokens => [.. tokens.Listed.Select(token =>
            $"{token.Token.ToChecksumString()}{(symbols.TryGetValue(token.Token, out var symbol) ? $" ({Inert.Of(symbol, 20)})" : string.Empty)} is listed, from {token.SmallestLeaf} of its smallest units on")],
        VaultChange.Guardian guardian => [guardian.Account.ToChecksumString()],
        VaultChange.Governor governor => [governor.Account.ToChecksumString()],
        _ => throw new ArgumentOutOfRangeException(nameof(change), change.Kind, "There are no words for it."),
    };

    /// <summary>What holds now.</summary>
    public static IReadOnlyList<string> Now(ChangeKind kind, VaultState vault) => kind switch
    {
        ChangeKind.Attestors => Attestors(vault.Attestors, vault.Threshold),
        ChangeKind.Window => [Window(vault.Window)],
        ChangeKind.Tokens => [$"{vault.Tokens.Count.ToString(CultureInfo.InvariantCulture)} tokens are listed"],
        ChangeKind.Guardian => [vault.Guardian.ToChecksumString()],
        _ => [vault.Governor.ToChecksumString()],
    };

    private static List<string> Attestors(IReadOnlyList<Address> members, uint threshold) =>
        [$"{threshold.ToString(CultureInfo.InvariantCulture)} of {members.Count.ToString(CultureInfo.InvariantCulture)} sign:", .. members.Select(member => member.ToChecksumString())];

    private static string Window(uint seconds) => $"{seconds.ToString(CultureInfo.InvariantCulture)} s ({Times.Long(TimeSpan.FromSeconds(seconds))})";
}
