using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>What an account may do.</summary>
public enum PermissionWord
{
    /// <summary>Nobody who may say so has said anything.</summary>
    Unknown = 0,
    Allowed,
    NotAllowed,

    /// <summary>Under the terms whose digest is with it.</summary>
    Constrained,
}

/// <summary>Who says so.</summary>
public enum PermissionSource
{
    None = 0,
    Registry,
    Attestation,
}

/// <summary>Whether an account may use a model, and the word behind it.</summary>
/// <param name="Expires">From then on this says nothing any more; zero: never.</param>
/// <param name="Attestation">Where an attestation says so: its uid.</param>
public sealed record PermissionAnswer(PermissionWord Answer, PermissionSource Source, Hash32? Attestation, ulong Expires, Hash32 TermsHash, string Uri)
{
    public static PermissionAnswer Nothing { get; } = new(PermissionWord.Unknown, PermissionSource.None, null, 0, Hash32.Zero, string.Empty);

    /// <summary>
    /// What was said of the account, else what was said of anybody. Of each the newest word counts, of the registry and of attestations
    /// together; it does not matter whether whoever said it has sold the model since, until the new owner says something newer. A word off
    /// chain has no place in that order, and counts only where the chain has none.
    /// </summary>
    /// <param name="time">Words that ended by then are left out; an older one that did not counts again.</param>
    public static PermissionAnswer Of(
        IEnumerable<RegistryPermission> registry, IEnumerable<JudgedAttestation> attestations, Address account, Hash32 use, ulong time)
    {
        var words = PermissionWords.All(registry, attestations, time).Where(word => word.Use == use && (word.Account == account || word.Account.IsZero)).ToList();
        var answer = PermissionWords.Newest(words.Where(word => word.Account == account));
        if (answer is null && !account.IsZero) answer = PermissionWords.Newest(words.Where(word => word.Account.IsZero));
        return answer is null
            ? Nothing
            : new PermissionAnswer((PermissionWord)answer.Permission, answer.Attestation is null ? PermissionSource.Registry : PermissionSource.Attestation, answer.Attestation, answer.Expires, answer.TermsHash, answer.Uri);
    }

    /// <summary>The same, of facts that need to have permissions, attestations and the registry alone: quicker than a passport.</summary>
    public static PermissionAnswer Of(PassportFacts facts, Address account, Hash32 use)
    {
        ArgumentNullException.ThrowIfNull(facts);
        FactsCheck.Check(facts);
        return Of(facts.Permissions, JudgeAttestations.Permissions(facts), account, use, facts.AsOf.Timestamp);
    }

    /// <summary>The same, of a passport's own words.</summary>
    public static PermissionAnswer Of(Passport passport, Address account, Hash32 use)
    {
        ArgumentNullException.ThrowIfNull(passport);
        StatedPermission? Word(Address who) => passport.Permissions.FirstOrDefault(word => word.Account == who && word.Use == use);
        var word = Word(account) ?? Word(Address.Zero);
        return word is null
            ? Nothing
            : new PermissionAnswer((PermissionWord)word.Permission, word.Attestation is null ? PermissionSource.Registry : PermissionSource.Attestation, word.Attestation, word.Expires, word.TermsHash, word.Uri);
    }

    /// <summary>The word in force of each account and use.</summary>
    internal static IReadOnlyList<StatedPermission> InForce(IEnumerable<RegistryPermission> registry, IEnumerable<JudgedAttestation> attestations, ulong time) =>
        [.. PermissionWords.All(registry, attestations, time)
            .GroupBy(word => (word.Account, word.Use))
            .OrderBy(words => words.Key.Account).ThenBy(words => words.Key.Use)
            .Select(PermissionWords.Newest).OfType<PermissionWords>()
            .Select(word => new StatedPermission(word.Account, word.Use, word.Permission, word.Expires, word.TermsHash, word.Uri, word.Attestation))];
}
