using OpenSettle.Demo.Stage;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Demo;

public sealed partial class Story
{
    private async Task PayAndUseAsync(CancellationToken cancellation)
    {
        teller.Chapter("Payments and usage arrive, each in its own way");
        await Task.WhenAll(
            _market.MintAsync(cast.LawFirm, cast.LawFirm.Address, 1_000_000_000, cancellation),
            _market.FundAsync(cast.Bank, 1_000_000_000, cancellation),
            _market.MintAsync(cast.Relayer, cast.Clinic.Address, 1_000_000_000, cancellation),
            _market.MintAsync(cast.Hanna, cast.Hanna.Address, 1_000_000_000, cancellation),
            _market.SendAsync(cast.Evaluator, deployment.Dollar.Address, new DemoContracts.SetBlockedCall(cast.Emil.Address, Blocked: true).Data, UInt256.Zero, cancellation));
        var (dollar, coin) = (deployment.Dollar, deployment.Coin);
        await Task.WhenAll(
            SaidAsync(_market.TransferAsync(cast.LawFirm, Tune, dollar, 120_000_000, cancellation), cast.LawFirm, Tune, dollar, 120_000_000, "a plain transfer to the model's own pay address"),
            SaidAsync(_market.PayAsync(cast.Bank, Tune, dollar, 45_500_000, Market.Text("use #1"), cancellation), cast.Bank, Tune, dollar, 45_500_000, "the rail, naming use #1"),
            SaidAsync(
                _market.PayWithAuthorizationAsync(cast.Clinic, cast.Relayer, Tune, 60_000_000, Market.Text("use #4"), cancellation),
                cast.Clinic, Tune, dollar, 60_000_000, "an authorisation (EIP-3009) that it signed and the relayer brought: the clinic has no coin for gas"));
        await Task.WhenAll(
            SaidAsync(
                _market.PayWithPermitAsync(cast.LawFirm, Base, 9_999_999, Market.Text("use #2"), cancellation), cast.LawFirm, Base, dollar, 9_999_999,
                "the rail with a permit (ERC-2612), in one transaction"),
            SaidAsync(
                _market.TransferAsync(cast.Bank, Base, coin, 500_000_000_000_000_001, cancellation), cast.Bank, Base, coin, 500_000_000_000_000_001,
                "a plain send of native coin"));
        await UseAsync(_signing!, "eu-1", Tune, "nda-review", 12, [(cast.Emil, 6), (cast.Ben, 3), (cast.Finn, 1)], cancellation);
        await UseAsync(_signing!, "eu-1", Tune, "nda-review", 3, [(cast.Chloe, 2), (cast.Emil, 1)], cancellation, Market.Text("use #1"));
        await UseAsync(_second!, "us-1", Base, "summaries", 8, [], cancellation);
        await ProxyUseAsync(5, cancellation);
    }

    private async Task SaidAsync(Task payment, Person payer, StageModel model, StageToken token, UInt256 amount, string how)
    {
        await payment;
        teller.Say($"{payer.Name} paid {Teller.Amount(amount, token)} for {model.Name}: {how}");
    }

    /// <param name="influence">Who influenced the answers, as the gateway measured it.</param>
    /// <param name="payment">The payment that the uses belong to; null where that is not known.</param>
    private async Task UseAsync(
        UsageGateway gateway, string name, StageModel model, string domain, int count, IReadOnlyList<(Person Person, uint Weight)> influence, CancellationToken cancellation, Hash32? payment = null)
    {
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var weights = influence.Select(row => new MeasuredWeight(row.Person.Address, 100 * row.Weight, 90 * row.Weight, 110 * row.Weight)).OrderBy(row => row.Account).ToList();
        var batch = new List<MeteredEvent>();
        for (var i = 0; i < count; i++)
        {
            batch.Add(new MeteredEvent
            {
                Source = $"urn:gateway:{name}",
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

        await gateway.SendAsync(batch, cancellation);
        _events += count;
        var measured = influence.Count == 0 ? string.Empty : $"; whose work the answers show: {string.Join(", ", influence.Select(row => $"{row.Person.Name} {row.Weight}"))}";
        teller.Say($"Gateway {name} signed {count} uses of {model.Name} in {domain}{(payment is null ? string.Empty : ", all of one payment")}{measured}");
    }

    /// <summary>What a LiteLLM proxy posts, in its own form: nobody signs it, so it counts for passports and moves no money.</summary>
    private async Task ProxyUseAsync(int count, CancellationToken cancellation)
    {
        var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture);
        var events = Enumerable.Range(1, count).Select(object (i) => new
        {
            specversion = "1.0", type = "litellm_tokens", id = $"chatcmpl-{i}", time = now, subject = "a customer", source = "litellm-proxy",
            data = new { model = "lexis-7b", cost = 2.4e-05, prompt_tokens = 14, completion_tokens = 30, total_tokens = 44 },
        }).ToList();
        var (status, body) = await Node.SendUsageAsync(events, cancellation, key: _liteLlmKey);
        if (status != 202 || body.GetProperty("accepted").GetInt32() != count)
            throw new StageException(StageException.Failed, $"the node answered {status} to {count} usage events of LiteLLM's form: {body}");
        _events += count;
        teller.Say($"A LiteLLM proxy sent {count} uses of lexis-7b in its own form. Nobody signed them: they count in passports and move no money");
    }

    private async Task SellAsync(CancellationToken cancellation)
    {
        teller.Chapter("The base model is sold; its makers share in the price");
        var price = (UInt256)40_000_000;
        var (_, royalty) = await _market.SellAsync(cast.Ada, cast.Hanna, Base, price, cancellation);
        (Counts.Resales, Counts.Royalties) = (1, royalty);
        teller.Say($"Hanna bought lexis-7b from Ada for {Dollars(price)}. {Dollars(royalty)} of it is the royalty (EIP-2981), which goes to the pay address like any payment: Ada was still the owner in that block. From here on the owner's part is Hanna's.");
        await SaidAsync(
            _market.PayAsync(cast.Bank, Base, deployment.Dollar, 20_000_003, Market.Text("use #5"), cancellation), cast.Bank, Base, deployment.Dollar, 20_000_003,
            "the first payment under the new owner");
        await SaidAsync(
            _market.PayAsync(cast.Bank, Base, deployment.Coin, 77_777_777_777_777_777, Market.Text("use #6"), cancellation), cast.Bank, Base, deployment.Coin,
            77_777_777_777_777_777, "the rail, in native coin");
        await UseAsync(_signing!, "eu-1", Salvage, Niche, 9, [], cancellation);
    }
}
