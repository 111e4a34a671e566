using System.Globalization;
using System.Text;
using System.Text.Json;
using OpenSettle.Primitives;
using OpenSettle.Tests.Support;
using OpenSettle.Verify;

namespace OpenSettle.Tests;

/// <summary>
/// Random histories, verified here, and written for the second implementation where OPENSETTLE_HISTORIES names a folder
/// (see <c>tests/reference</c>). The worlds and their number are the same without it.
/// </summary>
public sealed class HistoryFilesTests
{
    private const int Epochs = 3;

    private static readonly int Histories = 1000 * int.Parse(Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void RandomHistories_OfThreeEpochs_AreVerifiedAndWritten()
    {
        var folder = Environment.GetEnvironmentVariable("OPENSETTLE_HISTORIES");
        int suspended = 0, released = 0, named = 0, open = 0, pushed = 0, damaged = 0, levels = 0;
        for (var i = 1; i <= Histories; i++)
        {
            var history = History.Of(new Shape(i, 1 + i % 12, i * 7 % 80), Epochs);
            for (var epoch = 1; epoch <= Epochs; epoch++)
            {
                var report = history.Verify(epoch);
                Assert.True(report.Levels.All(level => level.Outcome == VerifyOutcome.Agrees), $"history {i}, epoch {epoch}: {report.Message}");
                var bundle = history.Epochs[epoch - 1].Bundle;
                if (bundle.After.Suspense.Count > 0) suspended++;
                if (bundle.Terms.Any(terms => terms.Releases)) released++;
                if (bundle.Usage.Direct.Count > 0) named++;
                if (bundle.Usage.Open.Count > 0) open++;
                if (bundle.Push.Count > 0) pushed++;
            }

            var damage = Damage(history, i);
            if (damage.Read) damaged++;
            if (damage.Read && damage.Levels["form"] == "agrees") levels++;
            if (folder is not null) Write(Path.Combine(folder, $"history-{i:d5}"), history, damage);
        }

        // Histories that are too plain prove nothing.
        Assert.All(new[] { suspended, released, named, open, pushed, damaged, levels }, count => Assert.InRange(count, Histories / 10, Histories * Epochs));
    }

    /// <summary>One digit or line of one bundle changed, and what the verifier says of it.</summary>
    private static Damaged Damage(History history, int seed)
    {
        var random = new Random(seed);
        var number = random.Next(Epochs);
        var epoch = history.Epochs[number];
        var bytes = Mutations.Digit(random, epoch.Bytes);
        var (report, read) = EpochVerifier.Verify(
            new MemoryStream(bytes), number > 0 ? history.Epochs[number - 1].Verified : null,
            epoch.OnChain with { BundleHash = Keccak256.Hash(bytes) }, history.View(number + 1), history.World.BatchesOf(number + 1));
        return new Damaged(
            number + 1, read is not null, report.Levels.ToDictionary(level => Name(level.Level), level => Name(level.Outcome)),
            report.Message, bytes);
    }

    private static void Write(string place, History history, Damaged damage)
    {
        Directory.CreateDirectory(place);
        var chain = new StringBuilder();
        foreach (var epoch in history.Epochs)
        {
            File.WriteAllBytes(Path.Combine(place, $"epoch-{epoch.Bundle.Number}.bundle"), epoch.Bytes);
            chain.Append(CultureInfo.InvariantCulture, $"{epoch.Bundle.Number} {epoch.Bundle.Root} {epoch.Hash} {epoch.Bundle.LastBlock} {epoch.Bundle.RecordRoot}\n");
        }

        File.WriteAllText(Path.Combine(place, "chain.txt"), chain.ToString());
        File.WriteAllBytes(Path.Combine(place, "facts.jsonl"), FactsFile.Of(history));
        File.WriteAllBytes(Path.Combine(place, "damaged-1.bundle"), damage.Bytes);
        File.WriteAllText(
            Path.Combine(place, "damaged-1.json"),
            JsonSerializer.Serialize(new { epoch = damage.Epoch, read = damage.Read, levels = damage.Levels, message = damage.Message }));
    }

    private static string Name(VerifyLevel level) => level == VerifyLevel.FixedParts ? "fixed" : level.ToString().ToLowerInvariant();

    private static string Name(VerifyOutcome outcome) => outcome == VerifyOutcome.NotChecked ? "not checked" : outcome.ToString().ToLowerInvariant();

    private sealed record Damaged(int Epoch, bool Read, Dictionary<string, string> Levels, string Message, byte[] Bytes);
}
