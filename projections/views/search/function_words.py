"""Words that hold a sentence together and say nothing of what it is about, by language.

A question need not find them in a text of their language: "the train" finds "Kim’s train left". They have no
stems. Where a question is made of them alone ("the who", "to be"), they are looked for as they stand.
"""

from collections.abc import Mapping
from typing import Final

FUNCTION_WORDS: Final[Mapping[str, str]] = {
    "en": """
        a an the and or but nor if because as until while than so that this these those
        i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
        she her hers herself it its itself they them their theirs themselves what which who whom whose
        am is are was were be been being have has had having do does did doing can could will would shall should may
        might must just don s t re ve ll d m
        of at by for with about against between into through during before after above below to from up down in out
        on off over under again further then once here there when where why how
        all any both each few more most other some such no not only own same too very now
        dont doesnt didnt isnt arent wasnt werent havent hasnt hadnt wont wouldnt cant cannot couldnt shouldnt
        im ive youre youve hes shes its weve theyre theyve thats whats
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines und oder aber wenn weil dass als wie ob
        ich mich mir du dich dir er ihn ihm sie ihr ihnen es wir uns ihre ihrer seinen seine sein
        ist sind war waren wird werden wurde wurden hat haben hatte hatten kann soll
        an am auf aus bei beim bis durch fur gegen im in ins mit nach ohne seit uber um unter von vom vor zu zum zur
        auch nicht noch nur schon sich so
    """,
    "fr": """
        le la les l un une des du de d et ou mais si que qu qui dont ce cet cette ces c
        je j me m tu te t il elle on nous vous ils elles se s lui leur leurs son sa ses notre votre
        est sont etait etaient a ont avait avaient ete etre avoir
        au aux a dans en par pour sur sous avec sans entre vers chez ne n pas plus y
    """,
    "es": """
        el la los las un una unos unas y e o u pero si que quien cual este esta estos estas ese esa
        yo me tu te se le les lo nos su sus mi mis es son era eran fue fueron ha han habia ser estar
        a al de del en con por para sin sobre entre hasta desde no ya mas como
    """,
    "it": """
        il lo la i gli le l un uno una e ed o ma se che chi cui questo questa questi queste
        io mi tu ti si ci vi ne lui lei noi voi loro suo sua suoi sue e sono era erano ha hanno aveva essere
        a ad al allo alla ai agli alle di del dello della dei degli delle da dal dallo dalla dai in nel nello nella nei
        con per su sul sullo sulla tra fra non piu come anche
    """,
    "pt": """
        o a os as um uma uns umas e ou mas se que quem este esta estes estas esse essa
        eu me te ele ela nos eles elas lhe seu sua seus suas e sao era eram foi foram ha tem ter ser
        ao aos de do da dos das em no na nos nas por pelo pela com para sem sobre entre ate nao mais como
    """,
    "ca": """
        el la els les l un una uns unes i o pero si que qui aquest aquesta es son era eren ha han
        a al als de del dels d en amb per sense sobre entre no mes com
    """,
    "ro": """
        un o unui unei si sau dar daca ca care acest aceasta el ea ei ele se isi este sunt era au a fost
        la in din de pe pentru cu fara sub intre nu mai cum
    """,
    "nl": """
        de het een en of maar als dat die dit deze wie wat ik je jij hij zij ze het wij we hun zijn haar
        is was waren wordt werd heeft hebben had aan bij door in met na naar om op over te tot uit van voor
        niet ook er nog
    """,
    "sv": """
        en ett den det de och eller men om att som jag du han hon vi ni sig sin sitt sina
        ar var har hade blir blev av fran for i inte med mot pa till under over ut vid
    """,
    "da": """
        en et den det de og eller men hvis at som der jeg du han hun vi i sig sin sit sine
        er var har havde bliver blev af fra for ikke med mod om pa til under over ud ved
    """,
    "nb": """
        en et ei den det de og eller men hvis at som jeg du han hun vi seg sin sitt sine
        er var har hadde blir ble av fra for i ikke med mot om pa til under over ut ved
    """,
    "fi": """
        ja tai mutta jos etta joka jotka se ne han he mina sina me te on ovat oli olivat ei eivat kun kuin myos
    """,
    "hu": "a az egy es vagy de ha hogy aki ami ez ezek azok o ok van volt voltak nem is meg el ki be le mint",
    "tr": "bir ve veya ama ile icin bu su o da de ki mi mu ne gibi kadar daha cok en olan olarak",
    "pl": """
        i a o w we z ze na do od po za przez dla pod nad przy u nie sie jest sa byl byla bylo to ten ta te ktory
        ktora co jak czy oraz ale
    """,
    "cs": """
        a i o v ve z ze s se na do od po za pro pod nad pri u k ne je jsou byl byla bylo to ten ta te ktery ktera
        co jak ale nebo aby
    """,
    "sr": "i a u na od do za sa se je su bio bila bilo to taj ta koji koja sto kako ali ili ne da",
    "ru": """
        и а но или если что чтобы как так же бы ли не ни это этот эта эти тот та те кто который которая которые
        я мы ты вы он она оно они его ее их ему ей им себя свои был была было были есть
        в во на с со к ко по из за от до у о об для при без под над через
    """,
    "uk": """
        і й та а але або якщо що щоб як не ні це цей ця ці хто він вона воно вони його її їх був була було були є
        в у на з із зі до по за від о об для при без
    """,
    "el": """
        ο η το οι τα τον την του της των ενα μια ενας και η αλλα αν οτι που πως να θα δεν μη ειναι ηταν σε στο
        στη στην στον απο με για ως
    """,
    "ar": "و في من على الى عن مع هذا هذه ذلك التي الذي ان كان كانت لا ما لم لن قد هو هي هم او ثم",
    "fa": "و در به از كه اين ان با را بر تا براي است بود شد هم يا",
    "he": "של את על אל עם מן זה זו הוא היא הם לא כי אם או גם כל",
    "hi": "का के की को में से पर और या है हैं था थे थी ने यह वह ये वे कि नहीं भी",
    "id": "yang dan atau di ke dari untuk dengan pada ini itu adalah tidak akan telah",
}  # fmt: skip
