using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Demo.Stage;

/// <summary>Who plays: accounts of Hardhat's well-known test mnemonic, which every local chain funds and nobody else should use.</summary>
public sealed class Cast
{
    /// <summary>The evaluator's place among the mnemonic's accounts, and Gita's.</summary>
    public const int EvaluatorAccount = 19;

    /// <inheritdoc cref="EvaluatorAccount"/>
    public const int GitaAccount = 17;

    public const string Mnemonic = "test test test test test test test test test test test junk";

    // Hardhat prints these keys at start. The deployment script, the node and the command line take a key, not a mnemonic.
    private static readonly string[] PrintedKeys =
    [
        "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
        "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
        "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
        "0xc526ee95bf44d8fc405a158bb884d9d1238d99f0612e9f33d006bb0789009aaa",
    ];

    public Cast(IChainProvider provider)
    {
        ISigner At(uint index) => provider.SignerFromMnemonic(Mnemonic, string.Empty, HdPath.Account(index));
        DeployerKey = Hash32.Parse(PrintedKeys[0]);
        OperatorKey = Hash32.Parse(PrintedKeys[1]);
        Operator = At(1).Address;
        AttestorKeys = [Hash32.Parse(PrintedKeys[2]), Hash32.Parse(PrintedKeys[3])];
        AdaKey = Hash32.Parse(PrintedKeys[4]);
        RelayerKey = Hash32.Parse(PrintedKeys[5]);
        Attestors = [At(2), At(3), At(4)];
        Guardian = At(5);
        Ada = new Person("Ada", At(6));
        Ben = new Person("Ben", At(7));
        Chloe = new Person("Chloe", At(8));
        Dora = new Person("Dora", At(9));
        Emil = new Person("Emil", At(10));
        Finn = new Person("Finn", At(11));
        LawFirm = new Person("Law firm", At(12));
        Bank = new Person("Bank", At(13));
        Relayer = new Person("Relayer", At(14));
        Governor = At(15);
        Gateway = At(16);
        Gita = new Person("Gita", At(GitaAccount));
        Hanna = new Person("Hanna", At(18));
        Evaluator = new Person("Evaluator", At(EvaluatorAccount));
        SecondGateway = At(20);
        Clinic = new Person("Clinic", At(21));
        Iris = new Person("Iris", At(22));
        Proxy = At(24).Address;
        EmilElsewhere = At(23).Address;
        if (provider.SignerFromPrivateKey(AdaKey).Address != Ada.Address || provider.SignerFromPrivateKey(RelayerKey).Address != Relayer.Address)
            throw new InvalidOperationException("The printed keys are not those of the mnemonic.");
    }

    public Hash32 DeployerKey { get; }

    /// <summary>Sends the node's transactions.</summary>
    public Hash32 OperatorKey { get; }

    public Address Operator { get; }

    /// <summary>Two of the three attestors: enough.</summary>
    public IReadOnlyList<Hash32> AttestorKeys { get; }

    public Hash32 AdaKey { get; }

    public Hash32 RelayerKey { get; }

    public IReadOnlyList<ISigner> Attestors { get; }

    public ISigner Guardian { get; }

    public ISigner Governor { get; }

    /// <summary>Signs the usage that it meters.</summary>
    public ISigner Gateway { get; }

    /// <summary>Made the base model and owns it.</summary>
    public Person Ada { get; }

    /// <summary>Gave the base model's data.</summary>
    public Person Ben { get; }

    /// <summary>Wrote its training code.</summary>
    public Person Chloe { get; }

    /// <summary>Fine-tuned it and owns the fine-tune.</summary>
    public Person Dora { get; }

    /// <summary>Curated the fine-tune's contracts.</summary>
    public Person Emil { get; }

    /// <summary>Evaluated it.</summary>
    public Person Finn { get; }

    public Person LawFirm { get; }

    public Person Bank { get; }

    /// <summary>Sends claims of others and pays their gas.</summary>
    public Person Relayer { get; }

    /// <summary>Cut a narrow model out of the fine-tune, and owns it.</summary>
    public Person Gita { get; }

    /// <summary>Buys the base model from Ada.</summary>
    public Person Hanna { get; }

    /// <summary>Measures what models are good for, and earns nothing by them.</summary>
    public Person Evaluator { get; }

    /// <summary>Signs for another gateway.</summary>
    public ISigner SecondGateway { get; }

    /// <summary>Names a gateway that cannot sign.</summary>
    public Address Proxy { get; }

    /// <summary>Pays, and has no coin for gas.</summary>
    public Person Clinic { get; }

    /// <summary>The key behind a wallet that is a contract. It has no coin either.</summary>
    public Person Iris { get; }

    /// <summary>Another address of Emil's.</summary>
    public Address EmilElsewhere { get; }

    public IReadOnlyList<Person> Contributors => [Ada, Ben, Chloe, Dora, Emil, Finn];
}

/// <summary>Somebody with a key.</summary>
public sealed record Person(string Name, ISigner Signer)
{
    public Address Address => Signer.Address;
}
