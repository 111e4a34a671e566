using OpenSettle.Node.Passports.Cards;

namespace OpenSettle.Cli.Models;

/// <summary>Model cards as the verbs take them: faults stop, unless a person leaves them out.</summary>
internal static class Cards
{
    public static async Task<CardReading> ReadAsync(string path, bool leaveOut, CancellationToken cancellation)
    {
        var reading = CardReader.Read(await Publishing.ReadAsync("--from-card", path, CardReader.MostBytes, cancellation));
        if (reading.Faults.Count > 0 && !leaveOut)
        {
            foreach (var fault in reading.Faults) await Console.Error.WriteLineAsync($"opensettle: {path}: {Screen.Inert.Of(fault.ToString())}");
            throw new VerbException(ExitCode.Usage, $"--from-card: {path} has {reading.Faults.Count} {(reading.Faults.Count == 1 ? "fault" : "faults")}, named above, and nothing was written. Mend it, or leave out what is wrong with --leave-out-faults.");
        }

        if (reading.Document.Name.Length == 0) throw new VerbException(ExitCode.Usage, $"--from-card: {path} does not say what the model is called.");
        return reading;
    }

    /// <summary>All that the document does not have of the card.</summary>
    public static IEnumerable<string> NotCarried(CardReading reading) => reading.Faults.Select(fault => $"left out as wrong: {fault}").Concat(reading.Omitted.Select(note => note.ToString()));
}
