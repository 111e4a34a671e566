using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Tests.Attestations;
using OpenSettle.Ethereum.Tests.Support;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>EAS as it stands on chains, in the bytecode of those chains: which form it takes is found, and what is signed in it is taken. Needs OPENSETTLE_TEST_RPC.</summary>
[Trait("Category", "Chain")]
[Collection(ChainNode.Variable)]
public sealed class EasVersionsTests
{
    private const uint SenderIndex = 17;
    private const uint EvaluatorIndex = 18;

    private static readonly CancellationToken Stop = CancellationToken.None;

    [Theory]
    [InlineData("mainnet", DelegationForm.First)]
    [InlineData("arbitrum-one", DelegationForm.First)]
    [InlineData("linea", DelegationForm.WithDeadline)]
    [InlineData("polygon", DelegationForm.WithAttester)]
    [InlineData("scroll", DelegationForm.WithAttester)]
    public async Task Request_ByDelegation_IsTakenByTheVersionOfAChain(string chain, DelegationForm form)
    {
        var provider = Clients.Named("builtin", TimeProvider.System);
        using var client = provider.Connect(ChainNode.Endpoint, ChainNode.Timeout);
        using var evaluator = provider.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(EvaluatorIndex));
        var sender = new TestSender(client, provider.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(SenderIndex)));
        var contracts = await TestDeployment.CreateAsync(sender, sender.Address);
        var stage = await EasStage.CreateAsync(sender, contracts.Vault, EasArtifacts.DeployedOn(chain));
        var dialect = await EasDialect.ReadAsync(client, await client.GetChainIdAsync(Stop), stage.Service, Stop);
        Assert.Equal(form, dialect.Form);

        var schema = SchemaUid.Of(StatementKind.Evaluation, stage.Resolver);
        var item = new EasItem(Address.Zero, 0, Revocable: true, Hash32.Zero, StatementCodec.Encode(StatementCodecTests.Examples[5]));
        var request = await DelegatedRequest.SignAsync(evaluator, dialect, [(schema, item)], 0, 0, Stop);
        // The signature is taken: what is refused is that nobody registered, which only the resolver can say.
        var refused = await Assert.ThrowsAsync<ChainException>(() => client.EstimateGasAsync(new CallRequest(sender.Address, stage.Service, client.Encode(request.Call()), UInt256.Zero), Stop));
        Assert.StartsWith("UnknownModel(", AttestRefusals.Describe(refused.RevertData), StringComparison.Ordinal);
        var other = request with { Attester = sender.Address };
        refused = await Assert.ThrowsAsync<ChainException>(() => client.EstimateGasAsync(new CallRequest(sender.Address, stage.Service, client.Encode(other.Call()), UInt256.Zero), Stop));
        Assert.StartsWith("EAS.InvalidSignature(", AttestRefusals.Describe(refused.RevertData), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dialect_OfSomethingElse_IsNone()
    {
        var provider = Clients.Named("builtin", TimeProvider.System);
        using var client = provider.Connect(ChainNode.Endpoint, ChainNode.Timeout);
        var sender = new TestSender(client, provider.SignerFromMnemonic(ChainNode.Mnemonic, string.Empty, HdPath.Account(SenderIndex)));
        var dollar = (await sender.DeployAsync(CompiledContract.Load("DemoDollar").CreationCode)).ContractAddress ?? throw new InvalidOperationException("A deployment has no address.");
        Assert.Equal(DelegationForm.None, (await EasDialect.ReadAsync(client, 31337, dollar, Stop)).Form);
        Assert.Equal(DelegationForm.None, (await EasDialect.ReadAsync(client, 31337, sender.Address, Stop)).Form);
    }
}
