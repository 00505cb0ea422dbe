// Asks Polate for its changes, every 30 s. 9011 is Open Stage Control's --osc-port.
module.exports = {
    init: function () {
        var again = function () { send('127.0.0.1', 9010, '/polate/subscribe', {type: 'i', value: 9011}) }
        again()
        setInterval(again, 30000)
    }
}
