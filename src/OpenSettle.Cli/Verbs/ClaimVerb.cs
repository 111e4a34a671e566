using System.CommandLine;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>
/// opensettle claim: pays an account what it earned. The proof comes from a node; whether it holds is checked here,
/// against the vault's root, before anything is signed.
/// </summary>
internal static class ClaimVerb
{
    private static readonly Argument<string> Account = new("account") { Description = "the account that earned; the money goes there, or to the recipient that it set" };
    private static readonly Option<string?> Token = new("--token") { Description = "one token only (its address; default: all)", HelpName = "ADDRESS" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "check and simulate, send nothing" };
    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object" };

    private sealed record Claimable(ClaimRequest Request, UInt256 Amount);

    private sealed record Payment(Address Token, UInt256 Amount, UInt256 Cumulative, Address To);

    public static Command Create() => VerbRunner.Create(
        "claim",
        "Claims what an account earned",
        [Settings.Api, Settings.Rpc, Settings.Deployment, Settings.Client, Settings.RpcTimeoutSeconds, Settings.MaxFeeGwei, Settings.SenderKey, .. Settings.ForKeys],
        RunAsync, Account, Token, DryRun, Json)
        .WithExamples(
            "opensettle claim 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --deployment deployment.json --dry-run",
            "opensettle claim 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --deployment deployment.json --sender-key file:sender.key");

    /// <summary>Each endpoint that answers has to be the right one; one that does not is done without.</summary>
    internal static async Task RequireChainAsync(ChainEndpoints chain, CancellationToken cancellation)
    {
        var seen = await chain.Settling.Endpoints.InspectAsync(cancellation);
        if (seen.Select(endpoint => endpoint.Wrong).FirstOrDefault(wrong => wrong is not null) is { } wrong) throw new VerbException(ExitCode.Chain, wrong);
        if (seen.All(endpoint => endpoint.Unseen is not null) && seen[0].Unseen is { } failure) throw failure;
    }

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        if (!Address.TryParse(parsed.GetValue(Account), out var account)) throw new VerbException(ExitCode.Usage, $"account: '{parsed.GetValue(Account)}' is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum.");
        Address? only = null;
        if (parsed.GetValue(Token) is { } text) only = Address.TryParse(text, out var token) ? token : throw new VerbException(ExitCode.Usage, $"--token: '{text}' is not an address.");

        var options = NodeOptions.From(settings);
        var provider = Providers.Choose(options.Client, Clock.Real);
        var dryRun = parsed.GetValue(DryRun);
        if (options.SenderKey is null && !dryRun) throw new VerbException(ExitCode.Usage, $"{Settings.SenderKey.Key} is not set ({Settings.SenderKey.Help}). Set {Settings.SenderKey.EnvironmentName}, or {Settings.SenderKey.Flag} file:PATH, or ask with --dry-run.");
        // Before anything is asked of others: a key that cannot be had is the caller's own affair.
        using var signer = options.SenderKey is { } key && !dryRun ? await new SignerFactory(options, provider, Clock.Real).OpenAsync(Settings.SenderKey, key, cancellation) : null;
        using var chain = Providers.Connect(options, provider, Clock.Real);
        IChainClient client = chain.Settling;
        using var api = NodeApi.Of(settings);
        var id = options.Deployment.Watched.Id;
        await RequireChainAsync(chain, cancellation);

        var claims = new List<Claimable>();
        foreach (var known in options.Deployment.Tokens)
        {
            if (only is { } wanted && known.Token != wanted) continue;
            if (await FindAsync(api, client, id.Vault, account, known.Token, cancellation) is { } claim) claims.Add(claim);
        }

        if (claims.Count == 0) throw new VerbException(ExitCode.Refused, $"{account.ToChecksumString()} has nothing to claim now.");
        claims = await WithoutRefusedAsync(client, id.Vault, claims, cancellation);
        if (dryRun)
        {
            var (recipient, _) = await client.AskAsync(id.Vault, new RoyaltySplit.RecipientOf(account), BlockRef.Latest, cancellation);
            var to = recipient.IsZero ? account : recipient;
            Print(parsed.GetValue(Json), account, [.. claims.Select(claim => new Payment(claim.Request.Token, claim.Amount, claim.Request.Cumulative, to))], options.Deployment, null);
            return;
        }

        var sender = new OneShotSender(client, signer ?? throw new InvalidOperationException("A claim that is sent has a sender."), id.ChainId, options.MaxFeePerGas, Clock.Real);
        var receipt = await sender.SendAsync(id.Vault, new RoyaltySplit.ClaimManyCall([.. claims.Select(claim => claim.Request)]), cancellation);
        // What the vault says that it paid: of many claims it passes over those that are refused, and those that somebody brought first.
        var told = receipt.Logs.Where(log => log.Address == id.Vault).Select(log => client.Decode(ContractKind.Vault, log)).ToList();
        Address ToOf(Address token) => told.OfType<RoyaltySplit.ClaimRedirected>().LastOrDefault(log => log.Account == account && log.Token == token)?.To ?? account;
        var paid = (from log in told.OfType<RoyaltySplit.Claimed>()
                    from claim in claims
                    where log.Account == account && claim.Request.Token == log.Token
                    select new Payment(log.Token, log.Amount, claim.Request.Cumulative, ToOf(log.Token))).ToList();
        if (paid.Count == 0)
            throw new VerbException(ExitCode.Refused, $"transaction {receipt.TransactionHash} paid nothing: somebody claimed before it, or token and recipient refused since.");
        Print(parsed.GetValue(Json), account, paid, options.Deployment, receipt);
    }

    /// <summary>Tries each claim for itself. One that token or recipient refuse is said and left out; where all are, nothing is left to do.</summary>
    private static async Task<List<Claimable>> WithoutRefusedAsync(IChainClient client, Address vault, List<Claimable> claims, CancellationToken cancellation)
    {
        var good = new List<Claimable>();
        foreach (var claim in claims)
        {
            try
            {
                await client.CallAsync(new CallRequest(null, vault, client.Encode(new RoyaltySplit.ClaimCall(claim.Request)), UInt256.Zero), BlockRef.Latest, cancellation);
                good.Add(claim);
            }
            catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted && claims.Count > 1)
            {
                await Console.Error.WriteLineAsync($"opensettle: token {claim.Request.Token.ToChecksumString()} is left out, the contract refuses: {ContractErrors.Describe(e.RevertData)}");
            }
        }

        return good.Count > 0 ? good : throw new VerbException(ExitCode.Refused, "the contract refuses every claim.");
    }

    private static async Task<Claimable?> FindAsync(NodeApi api, IChainClient client, Address vault, Address account, Address token, CancellationToken cancellation)
    {
        if (await api.GetAsync($"api/v1/accounts/{account}/proofs/{token}", cancellation) is not { } answer) return null;
        CumulativeLeaf leaf;
        Hash32[] proof;
        try
        {
            leaf = new CumulativeLeaf(account, token, UInt256.Parse(answer.GetProperty("cumulative").GetString()));
            proof = [.. answer.GetProperty("proof").EnumerateArray().Select(node => Hash32.Parse(node.GetString() ?? string.Empty))];
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node's proof cannot be read: {e.Message}", e);
        }

        var root = await client.AskAsync(vault, new RoyaltySplit.Root(), BlockRef.Latest, cancellation);
        if (!CumulativeTree.Verify(leaf, proof, root))
            throw new VerbException(ExitCode.Disagrees, $"the node's proof for token {token.ToChecksumString()} does not lead to the vault's root {root}. The node may be a block behind: try again; if it stays so, do not trust it.");
        var claimed = await client.AskAsync(vault, new RoyaltySplit.ClaimedOf(account, token), BlockRef.Latest, cancellation);
        return leaf.Amount > claimed ? new Claimable(new ClaimRequest(account, token, leaf.Amount, proof), leaf.Amount - claimed) : null;
    }

    private static void Print(bool json, Address account, IReadOnlyList<Payment> payments, DeploymentFile deployment, TransactionReceipt? receipt)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                account = account.ToChecksumString(),
                sent = receipt is not null,
                transaction = receipt?.TransactionHash.ToString(),
                block = receipt?.BlockNumber,
                claims = payments.Select(payment => new
                {
                    token = payment.Token.ToChecksumString(),
                    amount = payment.Amount.ToString(),
                    cumulative = payment.Cumulative.ToString(),
                    to = payment.To.ToChecksumString(),
                }),
            }));
            return;
        }

        foreach (var payment in payments)
        {
            var token = deployment.Tokens.First(known => known.Token == payment.Token);
            Console.WriteLine($"{(receipt is null ? "would pay" : "paid")} {Amounts.Format(payment.Amount, token.Decimals)} {token.Symbol} to {payment.To.ToChecksumString()}");
        }

        if (receipt is not null) Console.WriteLine($"transaction {receipt.TransactionHash} in block {receipt.BlockNumber}, {receipt.GasUsed} gas");
    }
}
