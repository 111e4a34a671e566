namespace OpenSettle.Ethereum.Tests.Support;

/// <summary>Right answers, as a node writes them: tests change what they are about.</summary>
internal static class Replies
{
    public const string BlockHash = "0x1111111111111111111111111111111111111111111111111111111111111111";
    public const string TransactionHash = "0x2222222222222222222222222222222222222222222222222222222222222222";
    public const string Contract = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
    public const string Topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

    /// <summary>Whole answers to a call with the number 1 that are errors, in the ways that endpoints write them.</summary>
    public static readonly string[] Errors =
    [
        """{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"header not found"}}""",
        """{"jsonrpc":"2.0","id":null,"error":{"code":3,"message":"execution reverted: no","data":"0x08c379a0"}}""",
        """{"id":1,"result":null,"error":{"code":-32603,"message":"Error","data":{"message":"Error","data":"0xdeadbeef"}}}""",
        """{"id":"1","error":"too many requests"}""",
    ];

    public static string Block(string number = "0x10") =>
        $$"""
        {"number":"{{number}}","hash":"{{BlockHash}}","parentHash":"0x0000000000000000000000000000000000000000000000000000000000000001",
         "sha3Uncles":"0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347","nonce":"0x0000000000000000","logsBloom":"0x{{new string('0', 512)}}",
         "transactionsRoot":"0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421","stateRoot":"{{BlockHash}}","receiptsRoot":"{{BlockHash}}",
         "miner":"{{Contract}}","difficulty":"0x0","totalDifficulty":"0x0","extraData":"0x","size":"0x200","gasLimit":"0x1c9c380","gasUsed":"0x0",
         "timestamp":"0x654","transactions":[],"uncles":[],"mixHash":"{{BlockHash}}","baseFeePerGas":"0x3b9aca00"}
        """;

    public static string Log(string block = "0x10", string index = "0x0", string hash = BlockHash, string address = Contract, string topic = Topic) =>
        $$"""
        {"address":"{{address}}","topics":["{{topic}}"],"data":"0x01","blockNumber":"{{block}}","transactionHash":"{{TransactionHash}}",
         "transactionIndex":"0x0","blockHash":"{{hash}}","logIndex":"{{index}}","removed":false}
        """;

    public static string Receipt() =>
        $$"""
        {"transactionHash":"{{TransactionHash}}","transactionIndex":"0x0","blockHash":"{{BlockHash}}","blockNumber":"0x10","from":"{{Contract}}",
         "to":"{{Contract}}","cumulativeGasUsed":"0x5208","gasUsed":"0x5208","contractAddress":null,"logs":[{{Log()}}],
         "logsBloom":"0x{{new string('0', 512)}}","status":"0x1","effectiveGasPrice":"0x3b9aca01","type":"0x2"}
        """;
}
