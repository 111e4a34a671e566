using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Demo;

/// <summary>The main job, from payment to claim, on a real chain with a real node.</summary>
public sealed class Story(Workspace workspace, LocalChain chain, Deployment deployment, Cast cast, NodeProcess node, Teller teller)
{
    private readonly Market _market = new(chain, deployment);
    private readonly UsageGateway _gateway = new(node, cast.Gateway, deployment);
    private readonly List<StageModel> _models = [];
    private int _events;

    public int Events => _events;

    public Market Market => _market;

    public async Task TellAsync(CancellationToken cancellation)
    {
        var (baseModel, tune) = await RegisterAsync(cancellation);
        await FirstEpochAsync(baseModel, tune, cancellation);
        await ClaimAsync("Everybody claims", [cast.Ada, cast.Ben, cast.Chloe, cast.Dora, cast.Emil, cast.Finn], cancellation);
        await SecondEpochAsync(baseModel, tune, cancellation);
        await ClaimAsync("Some claim again: a leaf says all that was ever earned, the vault pays the difference", [cast.Ada, cast.Dora, cast.Emil], cancellation);
        await QuietAsync(cancellation);
    }

    private async Task<(StageModel Base, StageModel Tune)> RegisterAsync(CancellationToken cancellation)
    {
        teller.Chapter("Two models are registered");
        var baseModel = await _market.RegisterAsync(
            cast.Ada, "lexis-7b",
            Contract.SplitTable.Of([Market.OwnerRow(30, "training"), Market.Row(cast.Ben.Address, 45, "data"), Market.Row(cast.Chloe.Address, 25, "code")]), [], cancellation);
        var tune = await _market.RegisterAsync(
            cast.Dora, "lexis-7b-nda",
            new Contract.SplitTable(
                [Market.OwnerRow(2, "training"), Market.Row(cast.Finn.Address, 1, "evaluation")], 4, [Market.Row(cast.Emil.Address, 1, "curation")],
                Contract.TableCommitment.None),
            [new Contract.Parent(baseModel.Id.Value, 200_000)], cancellation);
        _models.AddRange([baseModel, tune]);
        teller.Say($"lexis-7b, by Ada: its owner 30, Ben 45 (data), Chloe 25 (code). Pay address {baseModel.PayAddress.ToChecksumString()}");
        teller.Say($"lexis-7b-nda, Dora's fine-tune of it: 20 % goes up to lexis-7b; of the rest its owner 2, Finn 1 (evaluation),");
        teller.Say("and 4 are a pool for measured influence: while no use is attributed, it is Emil's (curation).");
        teller.Say($"Pay address {tune.PayAddress.ToChecksumString()}");
        await _market.ListGatewayAsync(cast.Ada, baseModel, _gateway.Address, cancellation);
        await _market.ListGatewayAsync(cast.Dora, tune, _gateway.Address, cancellation);
        await node.WaitAsync(
            "api/v1/models", "it knows that both models list the gateway",
            models => models.EnumerateArray().Count(model => model.GetProperty("gateways").EnumerateArray().Any(gateway => gateway.GetString() == _gateway.Address.ToChecksumString())) == _models.Count,
            cancellation);
        teller.Say($"Both list the gateway eu-1, which signs the usage that it meters: {_gateway.Address.ToChecksumString()}");
        await Task.WhenAll(
            _market.FundAsync(cast.LawFirm, 1_000_000_000, cancellation),
            _market.FundAsync(cast.Bank, 1_000_000_000, cancellation));
        return (baseModel, tune);
    }

    private async Task FirstEpochAsync(StageModel baseModel, StageModel tune, CancellationToken cancellation)
    {
        teller.Chapter("Payments and usage arrive");
        var (dollar, coin) = (deployment.Dollar, deployment.Coin);
        await Task.WhenAll(
            PaidAsync(cast.LawFirm, tune, dollar, 120_000_000, "a plain transfer to the pay address", null, cancellation),
            PaidAsync(cast.Bank, tune, dollar, 45_500_000, "the rail, for use #1", Market.Text("use #1"), cancellation));
        await Task.WhenAll(
            PaidAsync(cast.Bank, baseModel, dollar, 9_999_999, "the rail, for use #2", Market.Text("use #2"), cancellation),
            PaidAsync(cast.LawFirm, baseModel, coin, 500_000_000_000_000_001, "a plain send of native coin to the pay address", null, cancellation));
        await UseAsync(tune, "nda-review", 12, [(cast.Emil, 6), (cast.Ben, 3), (cast.Finn, 1)], cancellation);
        await UseAsync(tune, "nda-review", 3, [(cast.Chloe, 2), (cast.Emil, 1)], cancellation, Market.Text("use #1"));
        await UseAsync(baseModel, "summaries", 8, [], cancellation);
        await EpochAsync(1, cancellation);
    }

    private async Task SecondEpochAsync(StageModel baseModel, StageModel tune, CancellationToken cancellation)
    {
        teller.Chapter("More payments, of awkward amounts");
        var (dollar, coin) = (deployment.Dollar, deployment.Coin);
        await Task.WhenAll(
            PaidAsync(cast.LawFirm, tune, dollar, 1_000_003, "a plain transfer", null, cancellation),
            PaidAsync(cast.Bank, tune, coin, 77_777_777_777_777_777, "the rail, in native coin, for use #3", Market.Text("use #3"), cancellation));
        await PaidAsync(cast.Bank, baseModel, dollar, 250_000, "a plain transfer", null, cancellation);
        await UseAsync(tune, "nda-review", 5, [(cast.Ben, 1), (cast.Emil, 1)], cancellation, Market.Text("use #3"));
        await EpochAsync(2, cancellation);
    }

    private async Task PaidAsync(Person payer, StageModel model, StageToken token, UInt256 amount, string how, Hash32? usageRef, CancellationToken cancellation)
    {
        if (usageRef is { } reference) await _market.PayAsync(payer, model, token, amount, reference, cancellation);
        else await _market.TransferAsync(payer, model, token, amount, cancellation);
        teller.Say($"{payer.Name} paid {Teller.Amount(amount, token)} for {model.Name}: {how}");
    }

    /// <param name="influence">Who influenced the answers, as the gateway measured it.</param>
    /// <param name="payment">The payment that the uses belong to; null where that is not known.</param>
    private async Task UseAsync(
        StageModel model, string domain, int count, IReadOnlyList<(Person Person, uint Weight)> influence, CancellationToken cancellation, Hash32? payment = null)
    {
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var weights = influence.Select(row => new MeasuredWeight(row.Person.Address, 100 * row.Weight, 90 * row.Weight, 110 * row.Weight)).OrderBy(row => row.Account).ToList();
        var batch = new List<MeteredEvent>();
        for (var i = 0; i < count; i++)
        {
            batch.Add(new MeteredEvent
            {
                Source = "urn:gateway:eu-1",
                Id = $"use-{_events + i + 1}",
                Type = "ai.opensettle.usage.v1",
                Model = model.Id,
                Domain = domain,
                Outcome = i % 6 == 5 ? Outcomes.Error : Outcomes.Ok,
                Units = (ulong)(100 + i),
                Time = now,
                Consumer = Market.Text($"the gateway's salt/customer-{i % 3}"),
                Payment = payment ?? Hash32.Zero,
                Attribution = weights.Count == 0 ? null : new Attribution("infini-gram", Market.Text("infini-gram 1.0"), weights),
            });
        }

        await _gateway.SendAsync(batch, cancellation);
        _events += count;
        var measured = influence.Count == 0 ? string.Empty : $"; influence {string.Join(", ", influence.Select(row => $"{row.Person.Name} {row.Weight}"))}";
        teller.Say($"Gateway eu-1 signed batch {_gateway.Last.Number}: {count} uses of {model.Name} in {domain}{(payment is null ? string.Empty : ", of one payment")}{measured}");
    }

    private async Task EpochAsync(ulong number, CancellationToken cancellation)
    {
        teller.Chapter($"Epoch {number}");
        var told = new HashSet<string>(StringComparer.Ordinal);
        await node.WaitAsync(
            $"epoch {number} holds all payments and is attested",
            status =>
            {
                Progress(status, number, told);
                return AllDivided(status) && status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetUInt64() >= number
                    && latest.GetProperty("state").GetString() == "pushed" && status.GetProperty("activeEpoch").GetUInt64() == latest.GetProperty("number").GetUInt64();
            },
            cancellation);
        await TellDivisionsAsync(number, cancellation);
        foreach (var person in cast.Contributors)
        {
            foreach (var token in (await node.GetAsync($"api/v1/accounts/{person.Address}", cancellation)).GetProperty("tokens").EnumerateArray())
            {
                var known = deployment.Tokens.First(candidate => candidate.Address.ToChecksumString() == token.GetProperty("token").GetString());
                var earned = UInt256.Parse(token.GetProperty("earned").GetString());
                var claimable = UInt256.Parse(token.GetProperty("claimable").GetString());
                teller.Say($"{person.Name,-6} earned {Teller.Amount(earned, known)} so far and can claim {Teller.Amount(claimable, known)}");
            }
        }
    }

    /// <summary>Says how the money was divided, worked out here from the published bundles and not asked of the node.</summary>
    private async Task TellDivisionsAsync(ulong from, CancellationToken cancellation)
    {
        var last = (await node.GetAsync("api/v1/status", cancellation)).GetProperty("activeEpoch").GetUInt64();
        for (var number = from; number <= last; number++)
        {
            var before = number == 1 ? SettlementState.Empty : (await BundleAsync(number - 1, cancellation)).After;
            var bundle = await BundleAsync(number, cancellation);
            foreach (var divided in Division.Divide(bundle.Payments, before.Residues, before.Suspense, bundle.Terms, bundle.Usage).Models)
            {
                var token = deployment.Tokens.First(known => known.Address == divided.Token);
                var pool = IsMeasured(bundle, divided) ? "influence" : "fallback";
                var parts = divided.Up.Select(part => ($"up to {NameOf(part.To)}", part.Amount))
                    .Concat(divided.Rows.Select(part => (NameOf(part.To), part.Amount)))
                    .Concat(divided.Influence.Select(part => ($"{NameOf(part.To)}, {pool}", part.Amount))).ToList();
                teller.Say($"{NameOf(divided.Model)}: {Teller.Amount(parts.Aggregate(UInt256.Zero, (sum, part) => sum + part.Amount), token)} divided");
                foreach (var (name, amount) in parts) teller.Say($"    {name,-17} {Teller.Amount(amount, token)}");
            }
        }
    }

    /// <summary>Whether measured influence divided the pool, and not the fallback rows.</summary>
    private static bool IsMeasured(Bundle bundle, ModelDivision divided) =>
        bundle.Usage.Open.Any(sum => sum.Model == divided.Model)
        || bundle.Usage.Direct.Any(sum => sum.Token == divided.Token && bundle.Terms.Any(terms => terms.Id == sum.Terms && terms.Model == divided.Model));

    private async Task<Bundle> BundleAsync(ulong number, CancellationToken cancellation)
    {
        var epoch = await node.GetAsync($"api/v1/epochs/{number}", cancellation);
        await using var bytes = await node.GetBytesAsync($"bundles/{epoch.GetProperty("bundleHash").GetString()}", cancellation);
        return BundleReader.Read(bytes).Bundle;
    }

    private string NameOf(ModelId id) => _models.First(model => model.Id.Value == id.Value).Name;

    private string NameOf(Address account) => cast.Contributors.First(person => person.Address == account).Name;

    /// <summary>Says each step of the epochs once, as the node comes to it.</summary>
    private void Progress(JsonElement status, ulong from, HashSet<string> told)
    {
        foreach (var item in status.GetProperty("transactions").EnumerateArray())
        {
            var purpose = item.GetProperty("purpose").GetString()!;
            if (purpose.Split(' ') is ["sweep", var token, ..] && told.Add($"sweep {token}"))
                teller.Say($"sweeping the pay addresses' {deployment.Tokens.First(known => known.Address == Address.Parse(token)).Symbol} into the vault");
        }

        if (!status.TryGetProperty("latestEpoch", out var epoch) || epoch.GetProperty("number").GetUInt64() < from) return;
        var (number, state) = (epoch.GetProperty("number").GetUInt64(), epoch.GetProperty("state").GetString());
        if (told.Add($"built {number}"))
        {
            teller.Say($"built: {epoch.GetProperty("payments")} payments of blocks {epoch.GetProperty("firstBlock")} to {epoch.GetProperty("lastBlock")}, divided once");
            teller.Say($"root   {epoch.GetProperty("root").GetString()}");
            teller.Say($"bundle {epoch.GetProperty("bundleUri").GetString()}");
        }

        if (state == "proposed" && told.Add($"proposed {number}")) teller.Say($"proposed with two of three signatures; its window of {Deployment.WindowSeconds} s is open");
        if (state is "active" or "attested" or "pushed" && told.Add($"active {number}")) teller.Say("active: the root can be claimed against");
        if (state is "attested" or "pushed" && told.Add($"attested {number}")) teller.Say("attested on EAS");
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

    private async Task ClaimAsync(string title, IReadOnlyList<Person> people, CancellationToken cancellation)
    {
        teller.Chapter(title);
        foreach (var person in people)
        {
            // Ada pays her own gas; for the others somebody else sends, and the money goes to them all the same.
            var sender = person == cast.Ada ? person : cast.Relayer;
            var key = workspace.PathOf("sender.key");
            await File.WriteAllTextAsync(key, (sender == cast.Ada ? cast.AdaKey : cast.RelayerKey).ToString(), cancellation);
            using var claim = ChildProcess.Start(
                "opensettle claim", "dotnet",
                [
                    NodeProcess.Executable(workspace), "claim", person.Address.ToChecksumString(), "--api", node.Api.ToString(), "--rpc", chain.Rpc.ToString(),
                    "--deployment", deployment.File, "--client", chain.Provider.Name, "--sender-key", $"file:{key}", "--yes",
                ],
                workspace.Root, workspace.PathOf("claim.log"));
            await claim.RequireSuccessAsync("Its message says why.", cancellation);
            foreach (var line in claim.Tail().Split(Environment.NewLine).Where(line => line.StartsWith("paid ", StringComparison.Ordinal)))
                teller.Say($"{person.Name} claimed, {sender.Name} sent it: {line}");
        }
    }

    /// <summary>The node has seen every claim in final blocks, and nothing is under way.</summary>
    private async Task QuietAsync(CancellationToken cancellation)
    {
        var head = await chain.Client.GetBlockAsync(Ethereum.Ports.BlockRef.Latest, cancellation);
        await node.WaitAsync(
            "all claims are in the books",
            status => status.GetProperty("transactions").GetArrayLength() == 0 && status.GetProperty("booksBlock").GetUInt64() >= head!.Number && AllDivided(status),
            cancellation);
    }
}
