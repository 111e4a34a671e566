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
    private static readonly Argument<string> Account = new("account") { Description = "the account that earned; the money goes there" };
    private static readonly Option<string?> Token = new("--token") { Description = "one token only (its address; default: all)", HelpName = "ADDRESS" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "check and simulate, send nothing" };
    private static readonly Option<bool> Json = new("--json") { Description = "print one JSON object" };

    private sealed record Claimable(ClaimRequest Request, UInt256 Amount);

    public static Command Create() => VerbRunner.Create(
        "claim",
        "Claims what an account earned",
        [Settings.Api, Settings.Rpc, Settings.Deployment, Settings.Client, Settings.RpcTimeoutSeconds, Settings.MaxFeeGwei, Settings.SenderKey],
        RunAsync, Account, Token, DryRun, Json);

    private static async Task RunAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        if (!Address.TryParse(parsed.GetValue(Account), out var account)) throw new VerbException(ExitCode.Usage, $"account: '{parsed.GetValue(Account)}' is not an address: 0x and 40 hexadecimal digits, mixed case with a right checksum.");
        Address? only = null;
        if (parsed.GetValue(Token) is { } text) only = Address.TryParse(text, out var token) ? token : throw new VerbException(ExitCode.Usage, $"--token: '{text}' is not an address.");

        var options = NodeOptions.From(settings);
        var provider = Providers.Choose(options.Client, Clock.Real);
        var dryRun = parsed.GetValue(DryRun);
        if (options.SenderKey is null && !dryRun) throw new VerbException(ExitCode.Usage, $"{Settings.SenderKey.Key} is not set ({Settings.SenderKey.Help}). Set {Settings.SenderKey.EnvironmentName}, or {Settings.SenderKey.Flag} file:PATH, or ask with --dry-run.");
        using var client = provider.Connect(options.Rpc, options.RpcTimeout);
        using var api = new NodeApi(settings.Get(Settings.Api));
        var id = options.Deployment.Watched.Id;
        var chainId = await client.GetChainIdAsync(cancellation);
        if (chainId != id.ChainId) throw new VerbException(ExitCode.Chain, $"rpc: {client.Endpoint} is chain {chainId}, and the deployment file is for chain {id.ChainId}.");

        var claims = new List<Claimable>();
        foreach (var known in options.Deployment.Tokens)
        {
            if (only is { } wanted && known.Token != wanted) continue;
            if (await FindAsync(api, client, id.Vault, account, known.Token, cancellation) is { } claim) claims.Add(claim);
        }

        if (claims.Count == 0) throw new VerbException(ExitCode.Refused, $"{account.ToChecksumString()} has nothing to claim now.");
        var call = new CallRequest(null, id.Vault, RoyaltySplit.ClaimManyCall([.. claims.Select(claim => claim.Request)]), UInt256.Zero);
        await client.CallAsync(call, BlockRef.Latest, cancellation);
        TransactionReceipt? receipt = null;
        if (!dryRun)
        {
            var sender = new OneShotSender(client, provider.SignerFromPrivateKey(options.SenderKey!.Value), id.ChainId, options.MaxFeePerGas, Clock.Real);
            receipt = await sender.SendAsync(id.Vault, call.Data, cancellation);
        }

        Print(parsed.GetValue(Json), account, claims, options.Deployment, receipt);
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

        var root = await client.ReadAsync(vault, RoyaltySplit.Root(), BlockRef.Latest, cancellation);
        if (!CumulativeTree.Verify(leaf, proof, root))
            throw new VerbException(ExitCode.Disagrees, $"the node's proof for token {token.ToChecksumString()} does not lead to the vault's root {root}. The node may be a block behind: try again; if it stays so, do not trust it.");
        var claimed = await client.ReadAsync(vault, RoyaltySplit.ClaimedOf(account, token), BlockRef.Latest, cancellation);
        return leaf.Amount > claimed ? new Claimable(new ClaimRequest(account, token, leaf.Amount, proof), leaf.Amount - claimed) : null;
    }

    private static void Print(bool json, Address account, List<Claimable> claims, DeploymentFile deployment, TransactionReceipt? receipt)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                account = account.ToChecksumString(),
                sent = receipt is not null,
                transaction = receipt?.TransactionHash.ToString(),
                block = receipt?.BlockNumber,
                claims = claims.Select(claim => new { token = claim.Request.Token.ToChecksumString(), amount = claim.Amount.ToString(), cumulative = claim.Request.Cumulative.ToString() }),
            }));
            return;
        }

        foreach (var claim in claims)
        {
            var token = deployment.Tokens.First(known => known.Token == claim.Request.Token);
            Console.WriteLine($"{(receipt is null ? "would pay" : "paid")} {Amounts.Format(claim.Amount, token.Decimals)} {token.Symbol} to {account.ToChecksumString()}");
        }

        if (receipt is not null) Console.WriteLine($"transaction {receipt.TransactionHash} in block {receipt.BlockNumber}, {receipt.GasUsed} gas");
    }
}
