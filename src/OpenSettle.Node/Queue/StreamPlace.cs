using System.Globalization;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Queue;

/// <summary>Where the reading of a stream goes on, and what was lost before that.</summary>
/// <param name="From">The offset that is asked for.</param>
/// <param name="Identity">What marks say from here on.</param>
/// <param name="Missing">Offsets that nobody took and that are gone, as far as they can be counted: at most so many messages, because the broker uses some for itself.</param>
/// <param name="Gap">What happened, in words; null where nothing is missing.</param>
internal sealed record StreamPlace(long From, string Identity, long Missing, string? Gap)
{
    /// <summary>By what was taken and what the stream begins with.</summary>
    public static StreamPlace Of(StreamMark? taken, StreamStart start)
    {
        if (taken is null)
        {
            return start.Offset == 0
                ? new StreamPlace(0, start.Identity, 0, null)
                : new StreamPlace(start.Offset, start.Identity, start.Offset, string.Create(CultureInfo.InvariantCulture, $"its first {start.Offset} offsets were removed before anybody took them"));
        }

        if (Base(taken.Identity) != start.Identity)
        {
            var anew = $"it was deleted and made anew: what was in the old one from offset {taken.Next.ToString(CultureInfo.InvariantCulture)} on, if there was anything, was never taken";
            return start.Offset == 0
                ? new StreamPlace(0, start.Identity, 0, anew)
                : new StreamPlace(start.Offset, start.Identity, start.Offset, string.Create(CultureInfo.InvariantCulture, $"{anew}, nor were the first {start.Offset} offsets of the new one"));
        }

        if (start.Offset <= taken.Next) return new StreamPlace(taken.Next, taken.Identity, 0, null);
        var missing = start.Offset - taken.Next;
        return new StreamPlace(start.Offset, taken.Identity, missing, string.Create(CultureInfo.InvariantCulture, $"{missing} offsets ({taken.Next} to {start.Offset - 1}) were removed before anybody took them"));
    }

    /// <summary>
    /// The stream ends before what was taken of it: the broker lost its end. Offsets begin to be used a second time, so marks have to be told
    /// apart from those of before. Which were, nobody knows: all of it is read again, and what was taken is known by its ids.
    /// </summary>
    /// <param name="first">Of what is there.</param>
    public static StreamPlace AfterLostEnd(StreamMark taken, long first)
    {
        var dot = taken.Identity.LastIndexOf('+');
        var before = dot < 0 ? 0 : long.Parse(taken.Identity[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture);
        return new StreamPlace(
            first, string.Create(CultureInfo.InvariantCulture, $"{Base(taken.Identity)}+{before + 1}"), 0,
            string.Create(CultureInfo.InvariantCulture, $"the broker lost its end: it was taken up to offset {taken.Next - 1}, and ends before. What was confirmed to senders after that may be lost: let gateways send again what they have of that time"));
    }

    private static string Base(string identity) => identity.LastIndexOf('+') is var at and >= 0 ? identity[..at] : identity;
}
