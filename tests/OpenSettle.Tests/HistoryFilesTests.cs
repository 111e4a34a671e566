using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;
using OpenSettle.Verify;

namespace OpenSettle.Tests;

/// <summary>
/// Writes random histories for the second implementation in <c>tests/reference</c>, into the folder that
/// OPENSETTLE_HISTORIES names; without it, into one of its own that does not stay.
/// </summary>
public sealed class HistoryFilesTests
{
    // ./nightly.sh multiplies.
    private static readonly int Histories =
        25 * int.Parse(Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    private const int Epochs = 3;

    [Fact]
    public void Histories_WrittenToFiles_ReadBackAndAgree()
    {
        if (Environment.GetEnvironmentVariable("OPENSETTLE_HISTORIES") is { Length: > 0 } folder)
        {
            WriteAndCheck(folder);
            return;
        }

        var own = Directory.CreateTempSubdirectory("opensettle-histories-");
        try
        {
            WriteAndCheck(own.FullName);
        }
        finally
        {
            own.Delete(recursive: true);
        }
    }

    private static void WriteAndCheck(string folder)
    {
        for (var history = 0; history < Histories; history++)
        {
            var place = Directory.CreateDirectory(Path.Combine(folder, $"history-{history:D4}")).FullName;
            var made = History.Make(new Shape(20_000 + history, 1 + history % 12, history % 25 * 16), Epochs);
            foreach (var epoch in made) File.WriteAllBytes(Path.Combine(place, $"epoch-{epoch.Bundle.Number}.bundle"), epoch.Bytes);
            File.WriteAllLines(Path.Combine(place, "chain.txt"), made.Select(epoch => $"{epoch.Bundle.Number} {epoch.Bundle.Root} {epoch.Hash}"));
            Check(place, made);
        }
    }

    private static void Check(string place, IReadOnlyList<PublishedEpoch> made)
    {
        (Bundle? Bundle, Hash32 Hash) previous = (null, Hash32.Zero);
        for (var number = 1; number <= Epochs; number++)
        {
            using var file = File.OpenRead(Path.Combine(place, $"epoch-{number}.bundle"));
            var (bundle, hash) = BundleReader.Read(file);
            var outcome = EpochVerifier.Verify(bundle, hash, previous.Bundle, previous.Hash, made[number - 1].OnChain);
            Assert.True(outcome.Agrees, outcome.Message);
            previous = (bundle, hash);
        }
    }
}
