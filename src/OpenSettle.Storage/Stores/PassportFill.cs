namespace OpenSettle.Storage.Stores;

/// <summary>What books of before there were passports lack, and get once, at a start.</summary>
public static class PassportFill
{
    /// <summary>Where the books say whether they lack it.</summary>
    public const string Key = "passport facts";

    private const string FirstBlockKey = "attestations from block";
    private const string EasKey = "attestations of";

    /// <summary>Whether they lack it.</summary>
    public static bool IsDue(BooksSession session) => session.Meta.Get(Key) is [0];

    /// <summary>They have it from now on: said in the unit of work that brings it.</summary>
    public static void SetDone(BooksSession session) => session.Meta.Set(Key, [1]);

    /// <summary>
    /// From which block on attestations were looked for; null: from the beginning. The logs of EAS are not in a journal that was written
    /// without them.
    /// </summary>
    public static ulong? AttestationsFrom(BooksSession session) =>
        session.Meta.GetText(FirstBlockKey) is { Length: > 0 } text ? ulong.Parse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture) : null;

    /// <summary>Says which EAS is looked at from here on. Where it is another one than before, what the journal has was read without it.</summary>
    /// <param name="eas">Null: none is.</param>
    public static void Watch(BooksSession session, Primitives.Address? eas)
    {
        var name = eas?.ToString() ?? string.Empty;
        var before = session.Meta.GetText(EasKey);
        if (before == name) return;
        session.Meta.SetText(EasKey, name);
        if (session.Journal.Last()?.Number is { } read)
            session.Meta.SetText(FirstBlockKey, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{read + 1}"));
    }
}
