using System.Globalization;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>
/// A person's word that settlement goes on after a veto: of which attempt, and whether the same root may be proposed again. It is a
/// file in the data folder, because whoever may write there may do anything with this node anyway; the node takes it into its books. Where
/// several nodes share a database it stands there, because another one may lead.
/// </summary>
/// <param name="SameRoot">The same root is meant.</param>
public sealed record Resume(ulong Epoch, uint Attempt, bool SameRoot)
{
    private const string Key = "resume";
    private const string AskedKey = "resume asked";
    private const string SameRootWord = "same-root";

    public static string FileIn(string dataDir) => Path.Combine(dataDir, "resume");

    /// <summary>"7.0", or "7.0 same-root"; null where it is neither.</summary>
    public static Resume? Parse(string text)
    {
        var words = text.Trim().Split(' ');
        var numbers = words[0].Split('.');
        if (numbers.Length != 2 || words.Length > 2 || (words.Length == 2 && words[1] != SameRootWord)) return null;
        return ulong.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) && uint.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            ? new Resume(epoch, attempt, words.Length == 2)
            : null;
    }

    /// <summary>What was said last, if anything ever was, and it is of the newest veto.</summary>
    public static Resume? Read(BooksSession session)
    {
        if (session.Meta.GetText(Key) is not { } text || Parse(text) is not { } said) return null;
        return session.Epochs.Vetoed(said.Epoch) is { Count: > 0 } vetoed && vetoed[^1].Attempt == said.Attempt ? said : null;
    }

    /// <summary>Leaves the word for a node, whole or not at all.</summary>
    public void Leave(string dataDir)
    {
        var (file, partial) = (FileIn(dataDir), FileIn(dataDir) + ".partial");
        File.WriteAllText(partial, ToString() + "\n");
        File.Move(partial, file, overwrite: true);
    }

    /// <summary>Leaves the word for whichever node leads.</summary>
    public void Leave(BooksSession session) => session.Meta.SetText(AskedKey, ToString());

    /// <summary>What was left for whichever node leads; null where nothing was.</summary>
    public static Resume? Left(BooksSession session) => session.Meta.GetText(AskedKey) is { } text ? Parse(text) : null;

    /// <summary>Takes it into the books: the epoch's number is open again.</summary>
    public void Take(BooksSession session)
    {
        if (session.Epochs.IsPosted(Epoch)) throw new SettlementHaltedException($"Epoch {Epoch} was posted before it was vetoed, by an older version. Rebuild the books: opensettle rebuild.");
        session.Epochs.Reopen(Epoch, Attempt);
        session.Meta.SetText(Key, ToString());
        if (session.Meta.GetText(AskedKey) is { Length: > 0 }) session.Meta.SetText(AskedKey, string.Empty);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{Attempt}{(SameRoot ? " " + SameRootWord : string.Empty)}");
}
