using System.Text.Json;
using OpenSettle.Demo.Stage;
using OpenSettle.Demo.Stage.Lies;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Demo.Quorum;

/// <summary>Nobody has to be believed: who settles turns dishonest, and then steals keys, and contributors lose nothing.</summary>
public sealed class QuorumStory(Workspace workspace, LocalChain chain, Deployment deployment, Cast cast, Teller teller) : IDisposable
{
    /// <summary>How many chapters <see cref="TellAsync"/> has.</summary>
    public const int Chapters = 7;

    /// <summary>Long enough for a busy machine to see a proposal, recompute it and veto.</summary>
    public const uint WindowSeconds = 12;

    private readonly QuorumStage _stage = new(workspace, chain, deployment, cast);
    private readonly Market _market = new(chain, deployment);
    private readonly List<StageModel> _models = [];
    private FalseEpoch? _proposed;
    private Bundle? _honest;

    public NodeProcess Leader => _stage.Leader;

    public Market Market => _market;

    public int Events => _stage.Events;

    public int Refusals { get; private set; }

    public int Vetoes { get; private set; }

    public int Claims { get; private set; }

    /// <summary>Contributors who got another sum than the honest division gives.</summary>
    public int Lost { get; private set; }

    private StageModel Base => _models[0];

    private StageModel Tune => _models[1];

    public async Task TellAsync(int apiPort, CancellationToken cancellation)
    {
        await RegisterAsync(cancellation);
        await StartAsync(apiPort, cancellation);
        await HonestAsync(cancellation);
        await RefusedAsync(cancellation);
        await VetoedAsync(cancellation);
        await HonestAgainAsync(cancellation);
        await ClaimAsync(cancellation);
    }

    public void Dispose() => _stage.Dispose();

    private async Task RegisterAsync(CancellationToken cancellation)
    {
        teller.Chapter("Two models are registered, each with the people who made it");
        var gateway = cast.Gateway.Address;
        _models.Add(await _market.RegisterAsync(
            cast.Ada, "lexis-7b", Contract.SplitTable.Of([Market.OwnerRow(30, "training"), Market.Row(cast.Ben.Address, 45, "data"), Market.Row(cast.Chloe.Address, 25, "code")]), [], cancellation, gateway));
        var table = new Contract.SplitTable(
            [Market.OwnerRow(2, "training"), Market.Row(cast.Finn.Address, 1, "evaluation")], 4, [Market.Row(cast.Emil.Address, 1, "curation")], Contract.TableCommitment.None);
        _models.Add(await _market.RegisterAsync(cast.Dora, "lexis-7b-nda", table, [new Contract.Parent(Base.Id.Value, 200_000)], cancellation, gateway));
        await _market.FundAsync(cast.Bank, 1_000_000_000, cancellation);
        teller.Say("lexis-7b is Ada's (30 parts), Ben's (45) and Chloe's (25).");
        teller.Say("lexis-7b-nda is Dora's fine-tune of it. 20 % goes up; of the rest Dora has 2 parts, Finn 1, and 4 are for those whose work its answers show.");
    }

    private async Task StartAsync(int apiPort, CancellationToken cancellation)
    {
        teller.Chapter("A leader, three attestors and a watchtower start, with no key in common");
        await _stage.StartAsync(apiPort, cancellation);
        teller.Say("The leader (opensettle run) divides the money and proposes. It has no attestor's key, and the vault takes nothing that two of three did not sign.");
        teller.Say("Each attestor (opensettle attest-node) reads chain and usage by itself, and signs what it finds nothing in.");
        teller.Say("The watchtower (opensettle watch) has the guardian's key. It moves no money; it can veto what differs.");
    }

    private async Task HonestAsync(CancellationToken cancellation)
    {
        teller.Chapter("An honest epoch: two of three sign it");
        await PayAndUseAsync(45_500_000, 20_000_003, cancellation);
        await SettledAsync(1, cancellation);
        var verdict = await VerdictAsync(1, 0, cancellation);
        teller.Say(verdict.GetProperty("agrees").GetBoolean()
            ? "The watchtower recomputed it while its window ran: nothing differs."
            : throw new StageException(StageException.Failed, $"the watchtower says of an honest epoch: {verdict}"));
    }

    private async Task RefusedAsync(CancellationToken cancellation)
    {
        teller.Chapter("The leader lies: nobody signs, and each says why");
        await _stage.Door.LieAsync(Lie.DroppedPayment, cancellation);
        await PayAndUseAsync(60_000_001, 9_999_999, cancellation);
        await HeardAsync("It leaves out a payment.", 2, cancellation);
        await _stage.Door.LieAsync(Lie.StolenShare, cancellation);
        _proposed = await HeardAsync("It puts itself in the place of a contributor.", 2, cancellation);
        _honest = _proposed.Honest;
        teller.Say(await OpenAsync(cancellation) is null ? "Nothing came to the vault." : throw new StageException(StageException.Failed, "the vault has a proposal that nobody signed."));
    }

    private async Task VetoedAsync(CancellationToken cancellation)
    {
        teller.Chapter("It steals two keys and proposes it all the same: vetoed");
        var lie = _proposed!;
        await _stage.Door.ProposeAsync(lie, [.. cast.Attestors.Take(2)], cancellation);
        teller.Say($"The vault cannot know better: two of three keys signed. The window of {WindowSeconds} s runs.");
        await _stage.SaidAsync(new RoyaltySplit.Attempt(), attempt => attempt == lie.Proposal.Attempt + 1, "the false proposal is vetoed", cancellation);
        Vetoes++;
        var verdict = await VerdictAsync(lie.Proposal.Epoch, lie.Proposal.Attempt, cancellation);
        teller.Say("The watchtower vetoed it. What it says:");
        teller.Say($"\"{Plain(verdict.GetProperty("difference").GetString() ?? string.Empty)}\"");
        teller.Say($"Nothing of it can be claimed: the vault is at epoch {await AskAsync(new RoyaltySplit.Epoch(), cancellation)}, as before.");
    }

    private async Task HonestAgainAsync(CancellationToken cancellation)
    {
        teller.Chapter("Told the truth again, the attestors sign the same number");
        await _stage.Door.TellTheTruthAsync(cancellation);
        await SettledAsync(2, cancellation);
        teller.Say("By itself: no person was asked, and no payment waited for more than that window.");
    }

    private async Task ClaimAsync(CancellationToken cancellation)
    {
        teller.Chapter("Contributors claim, and lost nothing");
        var told = await Leader.GetAsync("api/v1/epochs/2", cancellation);
        await using var bytes = await Leader.GetBytesAsync($"bundles/{told.GetProperty("bundleHash").GetString()}", cancellation);
        var tree = EpochBuilder.TreeOf(BundleReader.Read(bytes).Bundle.After) ?? throw new StageException(StageException.Failed, "epoch 2 promises nothing to anybody.");
        teller.Row($"{"",-8} {"owed before the lies",22} {"claimed",22}");
        for (var i = 0; i < tree.Leaves.Count; i++)
        {
            var leaf = tree.Leaves[i];
            var claim = new RoyaltySplit.ClaimCall(new ClaimRequest(leaf.Account, leaf.Token, leaf.Amount, tree.Proof(i)));
            await _market.SendAsync(cast.Relayer, deployment.Id.Vault, claim, UInt256.Zero, cancellation);
            Claims++;
            var owed = _honest!.After.Find(leaf.Account, leaf.Token)?.Leaf ?? UInt256.Zero;
            var owns = await chain.Client.AskAsync(leaf.Token, new Erc20.BalanceOf(leaf.Account), BlockRef.Latest, cancellation);
            if (owns != owed) Lost++;
            teller.Row($"{NameOf(leaf.Account),-8} {Dollars(owed),22} {Dollars(owns),22}");
        }

        var thief = await chain.Client.AskAsync(deployment.Dollar.Address, new Erc20.BalanceOf(_stage.Thief.Address), BlockRef.Latest, cancellation);
        if (!thief.IsZero) Lost++;
        teller.Say(Lost == 0 ? "Contributors lost nothing, and the thief has nothing." : $"{Lost} sums are not what they should be, or the thief has {Dollars(thief)}.");
        var head = await chain.Client.GetBlockAsync(BlockRef.Latest, cancellation);
        await Leader.WaitAsync("all claims are in the books", status => status.GetProperty("booksBlock").GetUInt64() >= head!.Number, cancellation);
    }

    private async Task PayAndUseAsync(UInt256 tune, UInt256 whole, CancellationToken cancellation)
    {
        await _stage.UseAsync(Tune, [(cast.Emil, 6), (cast.Ben, 3), (cast.Finn, 1)], cancellation);
        teller.Say("Gateway eu-1 signed 3 uses of lexis-7b-nda; whose work the answers show: Emil 6, Ben 3, Finn 1");
        await _market.TransferAsync(cast.Bank, Tune, deployment.Dollar, tune, cancellation);
        await _market.PayAsync(cast.Bank, Base, deployment.Dollar, whole, Hash32.Zero, cancellation);
        teller.Say($"Bank paid {Dollars(tune)} for lexis-7b-nda and {Dollars(whole)} for lexis-7b");
    }

    /// <summary>Waits until all three refuse, and says what enough of them said.</summary>
    private async Task<FalseEpoch> HeardAsync(string what, int payments, CancellationToken cancellation)
    {
        var (shown, said) = await _stage.Door.HearAsync(
            (shown, said) => shown.Honest.Payments.Count() == payments && said.Count == cast.Attestors.Count && said.All(word => word.Why?.Contains(shown.Names, StringComparison.Ordinal) == true), cancellation);
        teller.Say(what);
        foreach (var word in said.OrderBy(word => AttestorOf(word.Attestor), StringComparer.Ordinal)) teller.Say($"{AttestorOf(word.Attestor)}: \"{Plain(word.Why ?? string.Empty)}\"");
        Refusals += said.Count;
        return shown;
    }

    private async Task SettledAsync(ulong epoch, CancellationToken cancellation)
    {
        await Leader.WaitAsync($"epoch {epoch} is proposed", status => StateOf(status, epoch) is not (null or "closed" or "built" or "signed"), cancellation);
        teller.Say($"Epoch {epoch} is proposed, with the signatures of two attestors; its window of {WindowSeconds} s is open.");
        var payments = _market.Payments;
        await Leader.WaitAsync(
            $"epoch {epoch} is settled",
            status => StateOf(status, epoch) == "pushed" && status.GetProperty("payments").GetInt32() == payments && status.GetProperty("transactions").GetArrayLength() == 0, cancellation);
        teller.Say("Active: it can be claimed against.");
    }

    private static string? StateOf(JsonElement status, ulong epoch) =>
        status.TryGetProperty("latestEpoch", out var latest) && latest.GetProperty("number").GetUInt64() == epoch ? latest.GetProperty("state").GetString() : null;

    private async Task<JsonElement> VerdictAsync(ulong epoch, uint attempt, CancellationToken cancellation)
    {
        bool IsOf(JsonElement verdict) => verdict.GetProperty("epoch").GetUInt64() == epoch && verdict.GetProperty("attempt").GetUInt32() == attempt;
        static JsonElement[] Verdicts(JsonElement page) => [.. page.GetProperty("verdicts").EnumerateArray()];
        await _stage.Tower.WaitAsync("api/v1/verdicts", $"the watchtower's verdict on epoch {epoch}", page => Verdicts(page).Any(IsOf), cancellation);
        return Verdicts(await _stage.Tower.GetAsync("api/v1/verdicts", cancellation)).First(IsOf);
    }

    private Task<OpenProposal?> OpenAsync(CancellationToken cancellation) => AskAsync(new RoyaltySplit.OpenProposal(), cancellation);

    private Task<T> AskAsync<T>(ContractView<T> view, CancellationToken cancellation) => chain.Client.AskAsync(deployment.Id.Vault, view, BlockRef.Latest, cancellation);

    private string AttestorOf(Address account) => $"Attestor {cast.Attestors.Select(attestor => attestor.Address).ToList().IndexOf(account) + 1}";

    private string NameOf(Address account) => cast.Contributors.FirstOrDefault(person => person.Address == account)?.Name ?? account.ToChecksumString();

    /// <summary>What a node said, with the names that people know.</summary>
    private string Plain(string said)
    {
        foreach (var model in _models) said = said.Replace($"model {model.Id}", model.Name, StringComparison.Ordinal);
        foreach (var person in (Person[])[.. cast.Contributors, _stage.Thief]) said = said.Replace(person.Address.ToString(), person.Name, StringComparison.Ordinal);
        return said;
    }

    private string Dollars(UInt256 amount) => Teller.Amount(amount, deployment.Dollar);
}
