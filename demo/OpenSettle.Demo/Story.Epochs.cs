using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Demo;

public sealed partial class Story
{
    private ulong _toldEpochs;

    private async Task FirstEpochAsync(CancellationToken cancellation)
    {
        teller.Chapter("The first epoch: all of it is divided once, and settled on chain");
        await SettledAsync(1, cancellation);
        await TellDivisionsAsync(cancellation);
        await TellPushesAsync(cancellation);
    }

    /// <summary>A proposal that the guardian cannot let pass; what it lacked is published; the same number comes again.</summary>
    private async Task VetoAsync(CancellationToken cancellation)
    {
        teller.Chapter("A proposal is vetoed in its window, mended, and made again");
        await SaidAsync(
            _market.PayAsync(cast.Bank, Salvage, deployment.Dollar, 30_000_001, Market.Text("use #7"), cancellation), cast.Bank, Salvage, deployment.Dollar, 30_000_001,
            "the rail, naming use #7");
        var (number, attempt) = await VetoedAsync(cancellation);
        Counts.Vetoes++;
        teller.Say($"Epoch {number} was proposed. The guardian recomputed it, and saw that the money of lexis-nda-clauses goes to nobody, for its table is not published: it vetoed within the window of {Deployment.WindowSeconds} s. Nothing of that attempt can be claimed, and the node holds until a person has looked.");
        await Node.WaitAsync("the node knows of the veto", status => status.TryGetProperty("held", out _), cancellation);

        var file = workspace.PathOf("split-of-lexis-nda-clauses.txt");
        await File.WriteAllBytesAsync(file, TableText.Of(SalvageTable()), cancellation);
        await CommandAsync("opensettle table", ["table", file, "--api", Node.Api.ToString()], cancellation);
        teller.Say("Gita published the table (opensettle table FILE). It has the hash that the chain knows: its owner 5 parts, Iris's wallet 3 (data), Finn 2 (evaluation).");
        await CommandAsync("opensettle resume", ["resume", $"{number}.{attempt}", "--data-dir", workspace.PathOf("data")], cancellation);
        teller.Say($"The operator said that it goes on (opensettle resume {number}.{attempt}).");
        await SettledAsync(number, cancellation);
        await TellDivisionsAsync(cancellation);
        await TellPushesAsync(cancellation);
    }

    /// <summary>The guardian looks at what each proposal pays, and vetoes the one with the unpublished table.</summary>
    private async Task<(ulong Number, uint Attempt)> VetoedAsync(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var status = await Node.WaitAsync("a proposal", status => status.TryGetProperty("latestEpoch", out _), cancellation);
            var latest = status.GetProperty("latestEpoch");
            var number = latest.GetProperty("number").GetUInt64();
            if (number > _toldEpochs && latest.GetProperty("payments").GetInt64() > 0
                && (await BundleAsync(number, cancellation)).Payments.Any(payment => payment.Terms.Model.Value == Salvage.Id.Value))
            {
                if (latest.GetProperty("state").GetString() is "active" or "attested" or "pushed")
                    throw new StageException(StageException.Failed, $"the window of epoch {number} was over before its guardian looked. Run the demo again on a less busy machine.");
                if (await chain.Client.AskAsync(deployment.Id.Vault, new RoyaltySplit.OpenProposal(), BlockRef.Latest, cancellation) is { } open && open.Epoch == number)
                {
                    var attempt = await chain.Client.AskAsync(deployment.Id.Vault, new RoyaltySplit.Attempt(), BlockRef.Latest, cancellation);
                    await _market.SendAsync(new Person("Guardian", cast.Guardian), deployment.Id.Vault, new RoyaltySplit.VetoCall(number, attempt), UInt256.Zero, cancellation);
                    return (number, attempt);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    /// <summary>Waits until an epoch from that number on holds all payments, and all that follows from it is done.</summary>
    private async Task SettledAsync(ulong from, CancellationToken cancellation)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        await Node.WaitAsync(
            $"epoch {from} holds all payments, is attested and pushed",
            status =>
            {
                Progress(status, from, told);
                return AllDivided(status) && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetUInt64() >= from
                    && latest.GetProperty("state").GetString() == "pushed" && status.GetProperty("activeEpoch").GetUInt64() == latest.GetProperty("number").GetUInt64();
            },
            cancellation);
    }

    /// <summary>Says each step of the epochs once, as the node comes to it.</summary>
    private void Progress(JsonElement status, ulong from, HashSet<string> told)
    {
        foreach (var item in status.GetProperty("transactions").EnumerateArray())
        {
            var purpose = item.GetProperty("purpose").GetString()!;
            if (purpose.Split(' ') is ["sweep", var token, ..] && told.Add($"sweep {token}"))
                teller.Say($"The {TokenOf(Address.Parse(token)).Symbol} at the pay addresses is swept into the vault.");
        }

        if (!status.TryGetProperty("latestEpoch", out var epoch) || epoch.GetProperty("number").GetUInt64() < from) return;
        var (number, attempt, state) = (epoch.GetProperty("number").GetUInt64(), epoch.GetProperty("attempt").GetUInt32(), epoch.GetProperty("state").GetString());
        if (state != "vetoed" && epoch.GetProperty("payments").GetInt64() > 0 && told.Add($"built {number}.{attempt}"))
        {
            var again = attempt == 0 ? string.Empty : $", attempt {attempt + 1}";
            teller.Say($"Epoch {number}{again}: {epoch.GetProperty("payments")} payments of blocks {epoch.GetProperty("firstBlock")} to {epoch.GetProperty("lastBlock")}, divided once. Root {Teller.Short(epoch.GetProperty("root").GetString())}; anybody can recompute it from the bundle {Teller.Short(epoch.GetProperty("bundleHash").GetString())}");
        }

        if (state == "proposed" && told.Add($"proposed {number}.{attempt}")) teller.Say($"Proposed with two of three signatures; its window of {Deployment.WindowSeconds} s is open.");
        if (state is "active" or "attested" or "pushed" && told.Add($"active {number}")) teller.Say("Active: it can be claimed against.");
        if (state is "attested" or "pushed" && told.Add($"attested {number}")) teller.Say("Attested on the Ethereum Attestation Service.");
    }

    /// <summary>Everything paid is swept and in an epoch; what is undivided is rounding.</summary>
    private bool AllDivided(JsonElement status)
    {
        if (status.GetProperty("payments").GetInt32() != _market.Payments) return false;
        foreach (var token in status.GetProperty("tokens").EnumerateArray())
        {
            if (token.GetProperty("unswept").GetString() != "0") return false;

            // A residue is smaller than the number of rows and parents; a payment that waits is larger.
            if (UInt256.Parse(token.GetProperty("undivided").GetString()) > 20) return false;
        }

        return true;
    }

    /// <summary>Says how the money was divided, worked out here from the published bundles and not asked of the node.</summary>
    private async Task TellDivisionsAsync(CancellationToken cancellation)
    {
        var last = (await Node.GetAsync("api/v1/status", cancellation)).GetProperty("activeEpoch").GetUInt64();
        while (_toldEpochs < last)
        {
            var number = ++_toldEpochs;
            var before = number == 1 ? SettlementState.Empty : (await BundleAsync(number - 1, cancellation)).After;
            var bundle = await BundleAsync(number, cancellation);
            foreach (var divided in Division.Divide(bundle.Payments, before.Residues, before.Suspense, bundle.Terms, bundle.Usage).Models)
            {
                var token = TokenOf(divided.Token);
                var pool = IsMeasured(bundle, divided) ? "measured influence" : "pool, nobody measured";
                var parts = divided.Up.Select(part => ($"up to {NameOf(part.To)}", part.Amount, "lineage"))
                    .Concat(divided.Rows.Select(part => (NameOf(part.To), part.Amount, "split")))
                    .Concat(divided.Influence.Select(part => (NameOf(part.To), part.Amount, pool))).ToList();
                teller.Say($"Epoch {number}, {NameOf(divided.Model)}: {Teller.Amount(parts.Aggregate(UInt256.Zero, (sum, part) => sum + part.Amount), token)}");
                foreach (var (name, amount, why) in parts) teller.Row($"{name,-18} {Teller.Amount(amount, token),24}   {why}");
            }
        }
    }

    /// <summary>Whether measured influence divided the pool, and not the fallback rows.</summary>
    private static bool IsMeasured(Bundle bundle, ModelDivision divided) =>
        bundle.Usage.Open.Any(sum => sum.Model == divided.Model)
        || bundle.Usage.Direct.Any(sum => sum.Token == divided.Token && bundle.Terms.Any(terms => terms.Id == sum.Terms && terms.Model == divided.Model));

    private async Task<Bundle> BundleAsync(ulong number, CancellationToken cancellation)
    {
        var epoch = await Node.GetAsync($"api/v1/epochs/{number}", cancellation);
        await using var bytes = await Node.GetBytesAsync($"bundles/{epoch.GetProperty("bundleHash").GetString()}", cancellation);
        return BundleReader.Read(bytes).Bundle;
    }

    private async Task TellPushesAsync(CancellationToken cancellation)
    {
        var (paid, refused) = (0, 0);
        for (ulong number = 1; number <= _toldEpochs; number++)
        {
            foreach (var entry in (await PushesAsync(number, cancellation)).Where(entry => entry.State is "paid" or "refused"))
            {
                var isNews = _toldPushes.Add((number, entry.Index));
                if (entry.State == "paid") paid++;
                else refused++;
                if (!isNews) continue;
                teller.Say(entry.State == "paid"
                    ? $"{NameOf(entry.Account)} got {Teller.Amount(entry.Amount, TokenOf(entry.Token))} at once, by push."
                    : $"{NameOf(entry.Account)}'s push of {Teller.Amount(entry.Amount, TokenOf(entry.Token))} was refused: the dollar's issuer blocks that address. It held up nobody else, and stays reserved for {NameOf(entry.Account)}.");
            }
        }

        (Counts.Pushes, Counts.PushesRefused) = (paid, refused);
    }

    private sealed record Push(int Index, Address Account, Address Recipient, Address Token, UInt256 Amount, string State);

    private readonly HashSet<(ulong Epoch, int Index)> _toldPushes = [];

    private async Task<IReadOnlyList<Push>> PushesAsync(ulong epoch, CancellationToken cancellation)
    {
        var answer = await Node.GetAsync($"api/v1/epochs/{epoch}/pushes?limit=500", cancellation);
        return
        [
            .. answer.GetProperty(answer.TryGetProperty("entries", out _) ? "entries" : "items").EnumerateArray().Select(row => new Push(
                row.GetProperty("entry").GetInt32(), Account(row, "account"), Account(row, "recipient"), Account(row, "token"),
                UInt256.Parse(row.GetProperty("amount").GetString()), row.GetProperty("state").GetString() ?? string.Empty)),
        ];
        static Address Account(JsonElement row, string name) => Address.Parse(row.GetProperty(name).GetString()!);
    }
}
